"""Write the versions of uv.lock to python_env.yaml and conda.yaml, from which MLflow builds the locked environment.

Example: python .ci/pin_environments.py (part of `make lock`)
"""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = "3.11"
NOTE = "# Written from uv.lock by `make lock`; tests/project/test_environments.py proves that they agree.\n"


def locked_requirements() -> list[str]:
    """The project's requirements with all of theirs, without development tools: `name==version ; marker`."""
    command = [
        "uv",
        "export",
        "--frozen",
        "--no-hashes",
        "--no-dev",
        *(f"--no-group={group}" for group in ("core", "delivery", "docs", "spark", "evidently")),
        "--no-header",
        "--no-annotate",
    ]
    exported = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [line for line in exported.splitlines() if line.strip()]


def main() -> None:
    """Write both files."""
    requirements = locked_requirements()
    pins = "".join(f'  - "{line}"\n' if ";" in line else f"  - {line}\n" for line in requirements)
    (PROJECT / "python_env.yaml").write_text(f'{NOTE}python: "{PYTHON}"\ndependencies:\n{pins}', "utf-8")
    nested = "".join(f"    {line}\n" for line in pins.splitlines())
    head = f"name: credit-scoring\nchannels:\n  - conda-forge\ndependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n"
    (PROJECT / "conda.yaml").write_text(NOTE + head + nested, "utf-8")


if __name__ == "__main__":
    main()
