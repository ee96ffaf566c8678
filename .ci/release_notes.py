"""Print what CHANGELOG.md says about a tag's version; fail where tag, pyproject.toml and CHANGELOG.md disagree.

Example: python .ci/release_notes.py v0.1.0
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def notes(tag: str, pyproject: str, changelog: str) -> str:
    """The section of the version with a date; raise `ValueError` where a file has another version, or no date."""
    version = tomllib.loads(pyproject)["project"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"tag {tag}: expected v{version}, the version of pyproject.toml")
    section = re.search(rf"^## {re.escape(version)} - (\S+)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None:
        raise ValueError(f"CHANGELOG.md: expected a section `## {version} - DATE`, got none")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", section[1]):
        raise ValueError(f"CHANGELOG.md: expected the date of {version} as YYYY-MM-DD, got {section[1]}")
    return section[2].strip()


def main() -> None:
    """Print the notes, or an error and exit with 1."""
    try:
        print(notes(sys.argv[1], *((PROJECT / name).read_text("utf-8") for name in ("pyproject.toml", "CHANGELOG.md"))))
    except (IndexError, ValueError) as error:
        print(f"error: {error if isinstance(error, ValueError) else 'expected a tag, such as v0.1.0'}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
