"""Fail where uv.lock is older than pyproject.toml's [tool.lock] `most_days`: packages have had fixes since.

A lock is as old as the newest release in it: one of hundreds of packages is released every few days, and each that is
locked says when. Neither a clone's files nor a shallow history know when it was written.

Example: python .ci/lock_age.py (`make lock-age`)
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def newest(lock: str) -> date:
    """The day of the newest release in a lock's text; raise `ValueError` where no file of a package has one."""
    days = list(_upload_days(lock))
    if not days:
        raise ValueError("uv.lock: expected the upload-time of each file, got none; write it anew: make lock")
    return max(days)


def _upload_days(lock: str) -> Iterator[date]:
    for package in tomllib.loads(lock)["package"]:
        for file in [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]:
            if "upload-time" in file:
                yield datetime.fromisoformat(str(file["upload-time"])).date()


def main() -> None:
    """Print the lock's age; exit with 1 where it is too old."""
    parser = argparse.ArgumentParser(description="The age of uv.lock, in days")
    today = datetime.now(UTC).date()
    parser.add_argument("--today", type=date.fromisoformat, default=today, help="another day, such as 2027-01-31")
    today = parser.parse_args().today
    most = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["lock"]["most_days"]
    day = newest((PROJECT / "uv.lock").read_text("utf-8"))
    age = (today - day).days
    if age > most:
        print(f"error: uv.lock is {age} days old, at most {most}: renew it with `make renew`", file=sys.stderr)
        raise SystemExit(1)
    print(f"uv.lock: its newest release is of {day}, {age} days ago; at most {most}")


if __name__ == "__main__":
    main()
