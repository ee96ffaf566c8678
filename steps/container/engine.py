"""The engine that builds images: `docker`, or what DOCKER names."""

import os
import re
import subprocess
from pathlib import Path

from steps.container.context import Context
from steps.run.console import UserError

LAST_LINES = 15  # of a build that failed


def build(context: Context, tag: str) -> int:
    """Build the image under this tag; return its size in bytes. Raise `UserError` with the end of a failed build."""
    labels = [word for name, value in context.labels.items() for word in ("--label", f"{name}={value}")]
    arguments = ["build", "--tag", tag, "--build-arg", f"PYTHON={context.python}", *labels, str(context.folder)]
    built = _docker(*arguments)
    if built.returncode:
        lines = (built.stdout + built.stderr).strip().splitlines()[-LAST_LINES:]
        raise UserError("the build failed; its last output:\n" + "\n".join(lines))
    return int(_docker("image", "inspect", "--format", "{{.Size}}", tag).stdout)


def tag_of(model: str) -> str:
    """The default name of the image of `name/version`: credit-scoring-server:7. Docker's names have no capitals."""
    name, _, version = model.partition("/")
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{plain or 'model'}-server:{version or 'latest'}"


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = os.environ.get("DOCKER", "docker")
    try:
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, cwd=Path("/"))
    except FileNotFoundError:
        raise UserError(
            f"expected the program {program}, found none: install Docker, or write the folder alone (--out) and build "
            "it elsewhere"
        ) from None
