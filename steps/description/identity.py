"""Clients' ids: whole numbers and texts as the file has them, and nothing that may have become another client's."""

from typing import NamedTuple

import pyarrow as pa

from steps.description.source import Source
from steps.run.console import UserError

WHOLE = r"^[+-]?\d{1,19}(?:\.0*)?$"
LEADING_ZERO = r"^[+-]?0\d"
EXACT = 2**53  # from here on a float stands for several whole numbers
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
            "UHUGEINT")  # fmt: skip
FLOATS = ("FLOAT", "DOUBLE")
AS_TEXT = ("DECIMAL", "DATE", "TIME", "UUID")  # the beginnings of types whose values are written out


class Identity(NamedTuple):
    """The ids of a source as SQL on its table `raw`, NULL where missing, and their type: int64 or string."""

    sql: str
    kind: pa.DataType


def identity_of(source: Source, name: str) -> Identity:
    """The ids in this column.

    Parameters
    ----------
    source
        An opened file.
    name
        Name of the column.

    Raises
    ------
    UserError
        Values are neither whole numbers that their type keeps nor texts.
    """
    column, kind = source.column(name), source.kind(name)
    identity, is_id = _read(source, column, kind)
    wrong = f"SELECT count(*) FROM raw WHERE {column} IS NOT NULL AND NOT coalesce({is_id}, false)"
    if source.number(wrong):
        raise UserError(
            f"{name} identifies the client: expected whole numbers below 2^63 (of type double, below 2^53) or texts, "
            f"got others, of type {kind}: write the ids as texts"
        )
    return identity


def _read(source: Source, column: str, kind: str) -> tuple[Identity, str]:
    """The ids in a column of this type, and the condition for a value that is one."""
    if kind == "VARCHAR":
        whole = f"TRY_CAST(regexp_replace({column}, '\\.0*$', '') AS BIGINT)"
        other = f"NOT regexp_matches({column}, '{WHOLE}') OR regexp_matches({column}, '{LEADING_ZERO}')"
        is_text = source.number(f"SELECT count(*) FROM raw WHERE {other} OR ({column} NOTNULL AND {whole} IS NULL)")
        return Identity(column, pa.string()) if is_text else Identity(whole, pa.int64()), "true"
    if kind in INTEGERS:
        whole = f"TRY_CAST({column} AS BIGINT)"
        return Identity(whole, pa.int64()), f"{whole} IS NOT NULL"
    if kind in FLOATS:
        whole = f"CASE WHEN NOT isnan({column}) THEN TRY_CAST({column} AS BIGINT) END"
        return Identity(whole, pa.int64()), f"isnan({column}) OR ({whole} = {column} AND abs({column}) < {EXACT})"
    if kind == "BLOB":
        text = f"TRY(decode({column}))"
        return Identity(text, pa.string()), f"{text} IS NOT NULL"
    is_written = kind.startswith(AS_TEXT) and not kind.endswith("]")
    return Identity(f"CAST({column} AS VARCHAR)", pa.string()), "true" if is_written else "false"
