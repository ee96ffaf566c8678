"""The packages of this environment."""

from functools import cache
from importlib.metadata import distributions


@cache  # each look reads the metadata of two hundred packages, and a process keeps those it began with
def installed() -> tuple[tuple[str, str], ...]:
    """Name and version of each installed package, by name without its case."""
    found = ((each.metadata["Name"], each.version) for each in distributions())
    return tuple(sorted(found, key=lambda package: package[0].lower()))
