"""Paths for DuckDB and Spark, which read a path as a pattern: `clients[1].csv` would be `clients1.csv`."""

import re
from pathlib import Path

PACKED = (".gz", ".zip")
TABLES = (".csv", ".tsv", ".txt", ".dat", ".data", ".parquet", ".xlsx", ".xlsm", ".yaml", ".yml")
PATTERN = re.compile(r"[*?[]")


def duckdb_path(file: Path) -> str:
    """The pattern that matches this file alone; each special character becomes a class of itself."""
    return PATTERN.sub(lambda character: f"[{character[0]}]", str(file))


def compression(file: Path) -> str:
    """The compression of a CSV by its suffix, which DuckDB does not see in a path with a question mark."""
    return "gzip" if file.suffix == ".gz" else "none"


def spark_path(file: Path) -> str:
    """The pattern that matches this file alone, for Hadoop's file systems."""
    return re.sub(r"([*?\[\]{}\\,^])", r"\\\1", str(file))


def table_name(path: Path) -> str:
    """The file's name without the suffixes of its form: `clients.v2` of clients.v2.csv.gz."""
    name = path.name
    for suffixes in (PACKED, TABLES):
        suffix = next((each for each in suffixes if name.lower().endswith(each)), "")
        name = name[: len(name) - len(suffix)]
    return name
