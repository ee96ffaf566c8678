"""Renew the lock: the newest versions that pyproject.toml allows, in every environment, and a table of what changed.

Example: python .ci/renew_lock.py (`make renew`). Where it fails, all files are as they were.
"""

import re
import subprocess
import sys
import tomllib

import pin_environments
from packaging.requirements import Requirement
from packaging.version import Version
from tabulate import tabulate

PROJECT = pin_environments.PROJECT
WRITTEN = ("uv.lock", "python_env.yaml", "conda.yaml")
OUTDATED = re.compile(r"── ([\w.-]+)(?:\[.*?\])? v(\S+) .*\(latest: v(\S+)\)")

Versions = dict[str, str]  # by package; several versions of one are joined by a comma


def locked(lock: str) -> Versions:
    """The versions of a lock's text, without the project itself."""
    versions: Versions = {}
    for package in tomllib.loads(lock)["package"]:
        if "registry" in package["source"]:
            name, version = package["name"], package["version"]
            versions[name] = f"{versions[name]}, {version}" if name in versions else version
    return versions


def changes(before: Versions, after: Versions) -> list[tuple[str, str, str, str]]:
    """Rows of package, version before, version after, and "major" where the first number has changed."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [(name, old := before.get(name, "-"), new := after.get(name, "-"), _note(old, new)) for name in names]


def _note(old: str, new: str) -> str:
    if "-" in (old, new) or "," in old + new:
        return ""
    return "" if Version(old).release[0] == Version(new).release[0] else "major"


def held_back(tree: str, bounds: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Rows of direct dependency, locked version, latest release, and what keeps that away, of `uv tree --outdated`."""
    rows = []
    for name, version, latest in OUTDATED.findall(tree):
        bound = bounds[name]
        is_allowed = Requirement(f"{name}{bound}").specifier.contains(latest, prereleases=True)
        rows.append((name, version, latest, "another package's bound" if is_allowed else f"pyproject.toml: {bound}"))
    return rows


def bounds(pyproject: str) -> dict[str, str]:
    """The bounds of pyproject.toml by direct dependency."""
    document = tomllib.loads(pyproject)
    groups = document.get("dependency-groups", {}).values()
    requirements = [*document["project"].get("dependencies", []), *(each for group in groups for each in group)]
    return {parsed.name: str(parsed.specifier) for parsed in map(Requirement, requirements)}


def _uv(*arguments: str) -> str:
    completed = subprocess.run(["uv", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)}:\n{completed.stderr.strip()}")
    return completed.stdout


def renew() -> Versions:
    """Write lock and environments anew, or leave every file as it was and raise `RuntimeError`; return the versions."""
    files = {path: path.read_bytes() if path.exists() else None for path in (PROJECT / name for name in WRITTEN)}
    try:
        _uv("lock", "--upgrade")
        pin_environments.main()
        return locked((PROJECT / "uv.lock").read_text("utf-8"))
    except BaseException:
        for path, content in files.items():
            path.unlink(missing_ok=True) if content is None else path.write_bytes(content)
        raise


def _table(rows: list[tuple[str, str, str, str]], *headers: str) -> str:
    return tabulate(rows, headers=headers, disable_numparse=True)  # 3.10 is a version, not 3.1


def main() -> None:
    """Renew, and print what changed and what is held back."""
    before = locked((PROJECT / "uv.lock").read_text("utf-8"))
    try:
        after = renew()
    except (RuntimeError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        print(f"error: nothing is renewed, and all files are as they were: {reason}", file=sys.stderr)
        raise SystemExit(1) from None
    changed = changes(before, after)
    print(_table(changed, "package", "before", "after", "") if changed else "nothing is newer")
    tree = _uv("tree", "--frozen", "--outdated", "--depth", "1", "--all-groups")
    held = held_back(tree, bounds((PROJECT / "pyproject.toml").read_text("utf-8")))
    if held:
        print("\n" + _table(held, "held back", "locked", "latest", "by"))


if __name__ == "__main__":
    main()
