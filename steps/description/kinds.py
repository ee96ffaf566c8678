"""What the values of a column are, found in all of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from steps.description import dates
from steps.description.aggregates import aggregates
from steps.description.document import Column, Kind
from steps.description.missing import AMONG_NUMBERS, ANYWHERE, is_mark
from steps.description.spelling import (
    POINT,
    UNITS,
    Decimal,
    Measure,
    Spelling,
    bears_only,
    currency,
    is_in,
    is_infinity,
    is_written_as,
    same_currency,
)
from steps.run.console import counted

FLAGS = ("yes", "y", "true", "t", "ja", "oui", "si", "sí"), ("no", "n", "false", "f", "nein", "non")
SHOWN = 1_000  # values by which a date's spelling is found, before it is tried on all
LATE = 2030  # from which year on one of two digits may be of the century before, as in spreadsheets
MOST_SPELLINGS = 3  # of the dates of one column
MOST_LEVELS = 50  # up to which values are a category whatever the number of rows
NEARLY_ALL = 0.5  # of different values among all, from which on they are free text
MOSTLY = 0.5  # of values that bear a measure's sign, from which on the others are taken to lack it
MIN_SHARE = 0.9  # of numbers or dates in a column of another kind, from which on it is reported
DAY_OF_DIGITS = "%Y%m%d"
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE")  # fmt: skip


class Look(NamedTuple):
    """A column at first sight.

    Parameters
    ----------
    values : int
        Rows with a value; of texts, one that is no mark of a missing value.
    is_constant : bool
        Whether all rows have the same one.
    plain : int
        Of the values, texts that are plain numbers.
    marks : tuple of str
        Marks of missing values among texts, in lower case.
    """

    values: int
    is_constant: bool
    plain: int
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A column as found, and what a person should know of it.

    `decimals` has how many of its values can only have a decimal point, and how many only a comma.
    """

    column: Column
    warnings: tuple[str, ...] = ()
    decimals: tuple[int, int] = (0, 0)


class Columns:
    """The columns of the table `raw` of a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    def looks(self, kinds: Mapping[str, str]) -> dict[str, Look]:
        """Each column at first sight; `kinds` has DuckDB's types by the names in `raw`."""
        wanted = {column: self._at_first_sight(column, kind) for column, kind in kinds.items()}
        looks: dict[str, Look] = {}
        for column, (present, is_constant, *texts) in aggregates(self._connection, wanted).items():
            values, plain, marks = texts or (present, 0, None)
            looks[column] = Look(values, bool(is_constant), plain, tuple(sorted(marks or ())))
        return looks

    def _at_first_sight(self, column: str, kind: str) -> list[str]:
        figures = [f"count({column})", f"min({column}) = max({column}) AND count({column}) = count(*)"]
        if kind != "VARCHAR":
            return figures
        return [
            *figures,
            f"count(*) FILTER ({self._is_value(column)})",
            rf"count(*) FILTER (regexp_matches({column}, '^(?:{POINT})$') AND {self._is_value(column)})",
            f"map_keys(histogram(lower({column})) FILTER ({is_mark(column, (*ANYWHERE, *AMONG_NUMBERS))}))",
        ]

    def found(self, name: str, column: str, kind: str, look: Look, decimal: Decimal | None = None) -> Found:
        """What this column of `raw` is.

        Parameters
        ----------
        name
            Its visible name, for warnings.
        column
            Its name in `raw`.
        kind
            DuckDB's type.
        look
            The column at first sight.
        decimal
            The decimal sign of numbers that do not show it, such as 1,234; None: a point.
        """
        if not look.values:
            return Found(Column(kind=Kind.text, use=False, because="it has no values", missing=look.marks))
        found = self._of_text(name, column, look, decimal) if kind == "VARCHAR" else self._of_type(kind)
        if not (look.is_constant and found.column.use):
            return found
        left_out = found.column.model_copy(update={"use": False, "because": "all rows have the same value"})
        return Found(left_out, found.warnings, found.decimals)

    def _of_type(self, kind: str) -> Found:
        """A column of Parquet that has a type of its own."""
        if is_number(kind):
            return Found(Column(kind=Kind.number))
        if kind == "BOOLEAN":
            return Found(Column(kind=Kind.flag))
        if is_date(kind):
            return Found(Column(kind=Kind.date))
        return Found(Column(kind=Kind.text, use=False, because=f"its type is {kind}, neither a number nor a text"))

    def _of_text(self, name: str, column: str, look: Look, decimal: Decimal | None) -> Found:
        values, missing = look.values, look.marks
        if look.plain == values and decimal != ",":
            return self._of_plain_numbers(name, column, values, missing)
        may_be_numbers, may_be_dates = self._may_be(column)
        found = (may_be_numbers and self._of_numbers(name, column, values, missing, decimal)) or (
            may_be_dates and self._of_dates(name, column, values, missing)
        )
        if found:
            return found
        words = self._of_words(column)
        return Found(words, () if words.kind is Kind.flag else self._nearly(name, column))

    def _may_be(self, column: str) -> tuple[bool, bool]:
        """Whether some values are all numbers, and mostly dates: most columns of words are neither at first sight."""
        measures: tuple[Measure, ...] = ("number", "percentage", "money", "duration")
        number = " OR ".join([*(is_written_as(each, column) for each in measures), is_infinity(column)])
        some = f"(SELECT DISTINCT {column} FROM raw WHERE {self._is_value(column)} LIMIT {SHOWN})"
        digits = f"count(*) FILTER (regexp_matches({column}, '\\d')) >= {MOSTLY} * count(*)"
        are_numbers, have_digits = self._row(f"SELECT bool_and({number}), {digits} FROM {some}")
        return are_numbers, have_digits

    def _of_plain_numbers(self, name: str, column: str, values: int, missing: tuple[str, ...]) -> Found:
        where = self._is_value(column)
        whole, leading, points = self._row(
            f"SELECT count(*) FILTER (regexp_matches({column}, '^(?:19|20)\\d{{6}}$')), "
            f"count(*) FILTER (regexp_matches({column}, '^0\\d')), count(*) FILTER ({bears_only('.', column)}) "
            f"FROM raw WHERE {where}"
        )
        days = self._reads(column, where, [DAY_OF_DIGITS]) if whole >= MIN_SHARE * values else 0
        if whole == days == values:
            return Found(Column(kind=Kind.date, written=(DAY_OF_DIGITS,), missing=missing))
        if leading:
            return Found(self._of_words(column))  # 01234 is a code: as a number it would lose its zero
        no_dates = self._nearly_dates(name, "numbers", values, days, [DAY_OF_DIGITS])
        return Found(Column(kind=Kind.number, missing=missing), no_dates, (points, 0))

    def _of_numbers(
        self, name: str, column: str, values: int, missing: tuple[str, ...], decimal: Decimal | None
    ) -> Found | None:
        """Numbers in a spelling of their own; None where some value is none."""
        where = self._is_value(column)
        signs = {measure: is_written_as(measure, column) for measure in ("percentage", "money", "duration")}
        columns = [f"count(*) FILTER ({each})" for each in signs.values()]
        columns += [f"count(*) FILTER ({bears_only(each, column)})" for each in (".", ",")]
        columns += [f"count(*) FILTER ({is_in(unit, column)})" for unit in UNITS]
        columns += [f"count(*) FILTER (regexp_matches({column}, '^0\\d'))", f"count(*) FILTER ({is_infinity(column)})"]
        found = self._row(f"SELECT {', '.join(columns)} FROM raw WHERE {where}")
        counts, points, commas = dict(zip(signs, found[:3], strict=True)), found[3], found[4]
        units, leading, infinite = dict(zip(UNITS, found[5:-2], strict=True)), found[-2], found[-1]
        measure, signed = max(counts.items(), key=lambda item: item[1])
        if signed < MOSTLY * values:
            measure, signed = "number", 0
        sign: Decimal = "," if commas > points else "." if points else (decimal or ".")
        read = Spelling(measure, sign, self._unit(units) if measure == "duration" else "")  # type: ignore[arg-type]
        numbers = Spelling("number", sign)
        expression = read.sql(column) if measure == "number" else f"coalesce({read.sql(column)}, {numbers.sql(column)})"
        understood = self._row(f"SELECT count({expression}) FROM raw WHERE {where}")[0]
        # Infinite ones are errors of a column of numbers, which are told, and make no text of it.
        if (
            understood + infinite < values
            or not understood
            or (measure == "number" and leading and not points and not commas)
        ):
            return None
        currencies = self._currencies(column, where) if measure == "money" else {}
        if len(currencies) > 1:
            return self._of_currencies(name, currencies, missing, (points, commas))
        unit = read.unit or next(iter(currencies), "")
        kind = Kind(measure)
        return Found(
            Column(kind=kind, unit=unit, decimal=sign, missing=missing), self._mixed(name, kind, signed, values),
            (points, commas),
        )  # fmt: skip

    def _of_dates(self, name: str, column: str, values: int, missing: tuple[str, ...]) -> Found | None:
        where = self._is_value(column)
        shown = f"(SELECT DISTINCT {column} FROM raw WHERE {where} ORDER BY hash({column}) LIMIT {SHOWN})"
        left, written = where, list[str]()
        candidates = list(dates.formats())
        counts = [f"count({dates.read(column, [each])})" for each in candidates]
        first = self._row(f"SELECT {', '.join(counts)} FROM {shown}")
        candidates = [each for each, count in zip(candidates, first, strict=True) if count]
        while candidates and len(written) < MOST_SPELLINGS:
            counts = [f"count({dates.read(column, [each])})" for each in candidates]
            row = self._row(f"SELECT {', '.join(counts)} FROM raw WHERE {left}")
            best = max(range(len(candidates)), key=lambda place: row[place])
            if not row[best]:
                break
            written.append(candidates[best])
            left = f"{where} AND {dates.read(column, written)} IS NULL"
        days = self._reads(column, where, written) if written else 0
        if days < values:
            nearly = self._nearly_dates(name, "text", values, days, written)
            return Found(self._of_words(column), nearly) if nearly else None
        warnings = [
            f"{name}: its dates may be {each} or {other}: read as {each}, correct `written` if that is wrong"
            for each in written
            if (other := dates.other_order(each)) and self._reads(column, where, [other]) == values
        ]
        if any("%y" in each for each in written):
            read = dates.read(column, written)
            late = self._row(f"SELECT count(*) FILTER (year({read}) >= {LATE}) FROM raw WHERE {where}")[0]
            if late:
                warnings.append(
                    f"{name}: its years have two digits, read as 1969 to 2068: {late:,} are {LATE} or later"
                )
        return Found(Column(kind=Kind.date, written=tuple(written), missing=missing), tuple(warnings))

    def _of_words(self, column: str) -> Column:
        """Yes and no, a category, or free text."""
        where = f"{column} IS NOT NULL AND NOT {is_mark(column, ANYWHERE)}"
        values, levels = self._row(f"SELECT count(*), count(DISTINCT {column}) FROM raw WHERE {where}")
        marks = self._row(f"SELECT list(DISTINCT lower({column})) FROM raw WHERE {is_mark(column, ANYWHERE)}")[0]
        missing = tuple(sorted(marks or ()))
        if levels <= len(FLAGS[0]):
            words = {row[0] for row in self._rows(f"SELECT DISTINCT lower({column}) FROM raw WHERE {where}")}
            yes, no = words & set(FLAGS[0]), words & set(FLAGS[1])
            if words == yes | no and len(yes) == len(no) == 1:
                return Column(kind=Kind.flag, missing=missing)
        if levels > MOST_LEVELS and levels > NEARLY_ALL * values:
            because = f"it is free text: {levels:,} different ones in {counted(values, 'row')}"
            return Column(kind=Kind.text, use=False, because=because, missing=missing)
        return Column(kind=Kind.category, missing=missing)

    def _nearly(self, name: str, column: str) -> tuple[str, ...]:
        """A warning about a text column of which nearly all values are numbers."""
        where = self._is_value(column)
        number = " OR ".join(is_written_as(each, column) for each in ("number", "percentage", "money", "duration"))
        values, numbers = self._row(f"SELECT count(*), count(*) FILTER ({number}) FROM raw WHERE {where}")
        if not values > numbers >= MIN_SHARE * values:
            return ()
        each = "it" if values - numbers == 1 else "them"
        return (
            f"{_others(name, 'text', values, numbers, 'number')}; if the column is numeric, correct {each} or name "
            f"{each} as `missing` in the description",
        )

    def _nearly_dates(self, name: str, kind: str, values: int, days: int, written: Sequence[str]) -> tuple[str, ...]:
        """A warning about a column of another kind of which nearly all values are dates in these spellings."""
        if not values > days >= MIN_SHARE * values:
            return ()
        each = "it" if values - days == 1 else "them"
        spellings = ", ".join(f'"{spelling}"' for spelling in written)
        return (
            f"{_others(name, kind, values, days, 'date')}; if the column has dates, correct {each}, or describe it as "
            f"`is: date, written: [{spellings}]` and name {each} as `missing`",
        )

    def _mixed(self, name: str, kind: Kind, signed: int, values: int) -> tuple[str, ...]:
        if kind is Kind.number or signed == values:
            return ()
        bare = values - signed
        return (f"{name}: {bare:,} of {counted(values, 'value')} bear no sign of a {kind}: read as the others",)

    def _unit(self, units: dict[str, int]) -> str:
        """The unit that the numbers are converted to: the smallest that any value has, else years."""
        return next((unit for unit, count in units.items() if count), "years")

    def _currencies(self, column: str, where: str) -> dict[str, int]:
        """The number of values of each currency, the most frequent first, by its most frequent sign."""
        rows = self._rows(
            f"SELECT {currency(column)} AS sign, count(*) FROM raw WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        found: dict[str, int] = {}
        for sign, count in rows:
            if sign:
                first = next((each for each in found if sign in same_currency(each)), sign)
                found[first] = found.get(first, 0) + count
        return found

    def _of_currencies(
        self, name: str, found: Mapping[str, int], missing: tuple[str, ...], decimals: tuple[int, int]
    ) -> Found:
        """Money of several currencies: no number that one could compare."""
        shown = ", ".join(f"{sign} ({count:,})" for sign, count in found.items())
        because = f"it has {'two' if len(found) == 2 else len(found)} currencies: {shown}"
        warning = f"{name} is left out: {because}; convert them to one"
        return Found(Column(kind=Kind.text, use=False, because=because, missing=missing), (warning,), decimals)

    def _reads(self, column: str, where: str, written: Sequence[str]) -> int:
        return self._row(f"SELECT count({dates.read(column, written)}) FROM raw WHERE {where}")[0]

    def _is_value(self, column: str) -> str:
        return f"{column} IS NOT NULL AND NOT {is_mark(column, (*ANYWHERE, *AMONG_NUMBERS))}"

    def _row(self, query: str) -> tuple[Any, ...]:
        return self._rows(query)[0]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _others(name: str, kind: str, values: int, fitting: int, what: str) -> str:
    """What a column is read as, and how many of its values keep it from being all numbers, or all dates."""
    others = values - fitting
    are_not = f"is not a {what}" if others == 1 else f"are not {what}s"
    return f"{name} is read as {kind}: {others:,} of {counted(values, 'value')} {are_not}"


def is_number(kind: str) -> bool:
    """Whether a type of DuckDB has numbers; a list of them, `DECIMAL(9,2)[]`, has none."""
    return kind in NUMERIC or (kind.startswith("DECIMAL(") and kind.endswith(")"))


def is_date(kind: str) -> bool:
    """Whether a type of DuckDB has dates or moments."""
    return kind == "DATE" or (kind.startswith("TIMESTAMP") and not kind.endswith("]"))
