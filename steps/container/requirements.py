"""The packages of the image: those that the model pins, without what serving never imports."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from steps.run.console import UserError
from steps.run.settings import PROJECT

# MLflow's own package without its UI, its SQL stores and scikit-learn: pyfunc and the client of a server's registry.
IN_PLACE_OF = {"mlflow": "mlflow-skinny"}
# Required by packages for functions that no server calls: Databricks' logins, git, the compiler of cffi.
NEVER_IMPORTED = (
    "cffi", "cryptography", "gitdb", "gitpython", "google-auth", "pyasn1", "pyasn1-modules", "pycparser", "smmap",
)  # fmt: skip
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)")


def pins(model: Path) -> dict[str, str]:
    """Version by name of the model's requirements.txt; raise `UserError` for one that is no exact version."""
    lines = (model / "requirements.txt").read_text("utf-8").split("\n")
    found = {}
    for line in filter(None, map(str.strip, lines)):
        pin = PIN.fullmatch(line)
        if pin is None:
            raise UserError(f"requirements.txt of the model: expected name==version in each line, got {line[:80]!r}")
        found[pin["name"].lower().replace("_", "-")] = pin["version"]
    return found


def constraints(pinned: Mapping[str, str], lock: Path = PROJECT / "uv.lock") -> list[str]:
    """Versions of the packages that the pinned ones need, as uv.lock has them; none where it differs from the model.

    A model of today's lock so gets all that it was tested with; an older one what is compatible now.
    """
    locked = {each["name"]: each["version"] for each in tomllib.loads(lock.read_text("utf-8"))["package"]}
    if any(locked.get(name) != version for name, version in pinned.items()):
        return []
    return [f"{name}=={version}" for name, version in locked.items() if name not in pinned]


def requirements(model: Path, python: str, scratch: Path) -> str:
    """All packages of the image with versions and hashes, for pip's --require-hashes; `scratch` is for two files.

    Raise `UserError` where they cannot be resolved.
    """
    pinned = pins(model)
    wanted = [f"{IN_PLACE_OF.get(name, name)}=={version}" for name, version in pinned.items()]
    source, limits = scratch / "wanted.txt", scratch / "constraints.txt"
    source.write_text("\n".join(wanted), "utf-8")
    limits.write_text("\n".join(constraints(pinned)), "utf-8")
    return _resolved(["--python-version", python, "--constraint", str(limits), str(source)])


def _resolved(arguments: Sequence[str]) -> str:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise UserError("expected uv, which `make run` and `make serve` set up in .venv, found none")
    skipped = [word for name in NEVER_IMPORTED for word in ("--no-emit-package", name)]
    command = [uv, "pip", "compile", "--quiet", "--no-config", "--generate-hashes", "--no-annotate", "--no-header"]
    result = subprocess.run([*command, *skipped, *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        last = " ".join(result.stderr.split())[-400:]
        raise UserError(f"the model's requirements cannot be resolved: {last}")
    return result.stdout
