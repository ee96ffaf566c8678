"""Validation against the contract: applications in, a matrix of numbers and every problem out."""

import sys
from collections.abc import Collection, Iterable, KeysView
from dataclasses import dataclass, field
from itertools import compress
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from custom_model.contract import Contract
from custom_model.errors import MAX_PROBLEMS, Problem, shorten
from custom_model.texts import IDENTIFIES, STORABLE, is_identity, is_storable

AT_ONCE = 2_000  # rows of a matrix by column: of more, an array of all values takes longer than a look at each column
MAX_ID = 2**63 - 1
MAX_NUMBER = sys.float_info.max
LARGE = 2.0**63  # whole numbers from here on are read as floats by the parser of all bodies
PLAIN = frozenset({float, int, type(None)})
FAST_PATH_SHARE = 4  # the fast path pays from one field in four on
UNDECLARED = "must be sent: with a value, or with null where the lender asked and there is none"
DUPLICATE_COLUMN = "the column was sent more than once"
UNKNOWN_FIELD = "unknown field: the contract has no such column"
WHOLE_ID = "expected a whole number of at most 64 bits"
INEXACT_ID = "expected a whole number that is sent as one: a float this large may be the id of another client"

KINDS = {
    bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list",
    dict: "an object", type(None): "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications as a matrix.

    `values` is (rows, fields) float64 in the order of `Contract.fields`: categories as codes, NaN
    where missing. `ids` has each client's id, None where absent. `unknown` maps a row to its fields
    with a category never seen in training; these count as missing. `undeclared` maps a row to the declared
    history fields that it was sent without, which a history store may still declare.
    """

    ids: list[int | str | None]
    values: np.ndarray
    unknown: dict[int, list[str]]
    undeclared: dict[int, Collection[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


def validate(contract: Contract, payload: object, is_simulation: bool = False) -> tuple[Applications, list[Problem]]:
    """Validate a request's applications.

    Parameters
    ----------
    contract : Contract
        Fields, types and required fields.
    payload : list of dict, or pandas.DataFrame
        One application an element or row, as field name to value; None, NaN and an absent field are missing.
        An index with a name is a column. Anything else is a problem of the whole request.
    is_simulation : bool
        Whether applications may lack required and declared fields.

    Returns
    -------
    Applications
        One row an application, in their order; incomplete where there is any problem, and then not to be decided.
    list of Problem
        Every breach of the contract, without values, or one more than `MAX_PROBLEMS` of them; empty for a valid
        payload. An invalid payload raises nothing, so that its problems can be answered together with those of the
        params.

    Examples
    --------
    With the numeric field AGE and the category COLOUR of levels ("blue", "red"), ``[{"AGE": 41, "COLOUR": "red"}]``
    has the values ``[[41.0, 1.0]]``; ``[{"AGE": "S"}]`` has the problem
    ``Problem(0, "AGE", "expected a number, got a string")``.
    """
    is_table, rows = isinstance(payload, pd.DataFrame), len(payload) if isinstance(payload, pd.DataFrame | list) else 0
    validation = _Validation(contract, rows, is_simulation, is_table)
    try:
        if isinstance(payload, pd.DataFrame):
            validation.table(whole_table(payload))
        elif isinstance(payload, list):
            for row, application in enumerate(payload):
                validation.application(row, application)
        else:
            validation.problems.append(Problem(None, None, f"expected a list of applications, got {kind(payload)}"))
    except _TooManyProblems:
        pass  # the answer says that there are more
    applications = Applications(validation.ids, validation.values, validation.unknown, validation.undeclared)
    return applications, validation.problems


def kind(value: object) -> str:
    """The JSON type of a value in words, without the value: "a string"."""
    return KINDS.get(type(value), type(value).__name__)


def whole_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each named level of its index as a column: `set_index` must not take a field out of it."""
    names = table.index.names
    if all(name is None for name in names):
        return table
    levels = table.index.set_names([*range(len(names))])
    whole = table.reset_index(drop=True)
    for level, name in reversed([*enumerate(names)]):
        if name is not None:
            whole.insert(0, name, levels.get_level_values(level), allow_duplicates=True)
    return whole


def is_by_column(values: np.ndarray) -> bool:
    """Whether (rows, fields) values are so many, and lie so, that each column is best looked at by itself."""
    return len(values) > AT_ONCE and values.flags.f_contiguous


def is_number_of_numpy(dtype: object) -> bool:
    """Whether a column of a table has numpy's own numbers, and neither booleans nor a type of pandas."""
    return isinstance(dtype, np.dtype) and dtype.kind in "iuf"


def is_id(contract: Contract, value: object) -> bool:
    """Whether a value of JSON is a client's id: a text that identifies, or a whole number of at most 64 bits."""
    if contract.id_is_text:
        return type(value) is str and is_identity(value)
    return type(value) is int and abs(value) <= MAX_ID


def plain_numbers(contract: Contract, cells: list[Any]) -> np.ndarray | None:
    """(fields,) the numbers of an application; None where it may break the contract, or has an unknown category.

    `cells` has the values of all fields in their order, None for a missing one; those of numeric fields are of `PLAIN`
    types. The list is changed.
    """
    first = len(contract.numeric)
    for column, name in enumerate(contract.fields[first:], first):
        level = cells[column]
        if level is None:
            continue
        if type(level) is not str:
            return None
        if level in contract.codes[name]:
            cells[column] = contract.codes[name][level]
        elif name in contract.rest_codes and is_storable(level):
            cells[column] = contract.rest_codes[name]
        else:
            return None
    try:
        numbers = np.fromiter(cells, np.float64, len(cells))  # None becomes NaN; half the time of `array`
    except OverflowError:
        return None
    # `count_nonzero` takes half the time of `any`.
    if np.count_nonzero(np.abs(numbers) >= LARGE) or np.count_nonzero(np.isnan(numbers[contract.required_columns])):
        return None
    return numbers


class _InvalidValue(Exception):
    """Why a value is invalid, without the value."""


class _TooManyProblems(Exception):
    """More problems than an answer lists."""


class _Validation:
    """The matrix under construction and the problems so far."""

    def __init__(self, contract: Contract, rows: int, is_simulation: bool, is_table: bool):
        self.contract = contract
        self.required = () if is_simulation else contract.required
        self.declared = frozenset() if is_simulation else contract.declared_by_request
        self.declared_history = frozenset() if is_simulation else contract.declared_history
        # Whole columns of a table are judged and computed with, in a third of the time where each lies in one piece.
        self.values = np.full((rows, len(contract.fields)), nan, order="F" if is_table else "C")
        self.ids: list[int | str | None] = [None] * rows
        self.unknown: dict[int, list[str]] = {}
        self.undeclared: dict[int, Collection[str]] = {}
        self.problems: list[Problem] = []
        self.exact_below = 2**53  # whole numbers from here on share one float with others

    def application(self, row: int, application: object) -> None:
        """Write one application into its row of the matrix.

        Numbers and nulls, nearly all values, are handled here; the rest goes through `_value`. Writing
        a row's numbers at once costs half of writing them one by one.
        """
        if not isinstance(application, dict):
            self._problem(row, None, f"expected an object of fields, got {kind(application)}")
            return
        if len(application) > len(self.contract.names) + MAX_PROBLEMS:
            expected = f"expected at most {len(self.contract.names)} fields, got {len(application)}"
            self._problem(row, None, expected)
            return
        if FAST_PATH_SHARE * len(application) >= len(self.contract.fields) and self._plain(row, application):
            return
        column_of, numeric_column_of = self.contract.column_of, self.contract.numeric_column_of
        cells: list[int] = []
        numbers: list[float] = []
        for name, value in application.items():
            value_type = type(value)
            if value_type is float or value_type is int:
                column = numeric_column_of.get(name)
                if column is not None and -MAX_NUMBER <= value <= MAX_NUMBER:
                    cells.append(column)
                    numbers.append(float(value))
                    continue
            elif value is None and name in column_of:
                continue
            number = self._value(row, name, value)
            if number is not None:
                cells.append(column_of[name])
                numbers.append(number)
        self.values[row, cells] = numbers
        self._require(row, [name for name in self.required if _is_missing(application.get(name))])
        self._declare(row, application.keys())

    def _plain(self, row: int, application: dict) -> bool:
        """The fast path: write a valid application without unknown categories; False for any other.

        For hundreds of fields it takes half the time of checking each.
        """
        contract = self.contract
        identity = application.get(contract.id)
        if not contract.names.issuperset(application) or not (identity is None or is_id(contract, identity)):
            return False
        cells = [*map(application.get, contract.fields)]
        if not PLAIN.issuperset(map(type, cells[: len(contract.numeric)])):
            return False
        numbers = plain_numbers(contract, cells)
        if numbers is None:
            return False
        self.values[row], self.ids[row] = numbers, identity
        if len(application) < len(contract.names):  # else every field was sent
            self._declare(row, application.keys())
        return True

    def table(self, table: pd.DataFrame) -> None:
        """Write a table column by column; pandas has whole numbers as floats and missing text as NaN."""
        names = table.columns.map(str)
        places = {name: place for place, name in enumerate(names)}
        for name in names[names.duplicated()]:
            self._problem(None, name, DUPLICATE_COLUMN)
        infinite = self._numbers(table, places)
        for name, place in places.items():
            if name not in infinite:
                self._column(name, table.iloc[:, place])
            for row in infinite.get(name, ()):
                self._problem(row, name, "expected a finite number")
        missing = np.zeros((len(table), len(self.required)), bool)
        for place, name in enumerate(self.required):
            missing[:, place] = self._missing(table, places.get(name), name in infinite, name)
        for row in np.flatnonzero(missing.any(axis=1)).tolist():
            self._require(row, compress(self.required, missing[row]))
        for row in range(len(table)) if not places.keys() >= self.declared | self.declared_history else ():
            self._declare(row, places.keys())

    def _numbers(self, table: pd.DataFrame, places: dict[str, int]) -> dict[str, list[int]]:
        """Write the columns of numbers at once: one by one takes ten times as long. By name, their infinite rows."""
        is_number = [is_number_of_numpy(dtype) for dtype in table.dtypes]
        names = [name for name in self.contract.numeric if name in places and is_number[places[name]]]
        numbers = table.iloc[:, [places[name] for name in names]].to_numpy(np.float64)
        self.values[:, [self.contract.column_of[name] for name in names]] = numbers
        infinite = np.isinf(numbers)
        any_infinite = infinite.any(axis=0).tolist()
        return {
            name: np.flatnonzero(infinite[:, column]).tolist() if any_infinite[column] else []
            for column, name in enumerate(names)
        }

    def _missing(self, table: pd.DataFrame, place: int | None, is_number: bool, name: str) -> np.ndarray:
        """(rows,) whether the field has no value."""
        if place is None:
            return np.ones(len(table), bool)
        if is_number:
            return np.isnan(self.values[:, self.contract.column_of[name]])
        return table.iloc[:, place].isna().to_numpy()

    def _column(self, name: str, column: pd.Series) -> None:
        """Write a column of texts, of ids, or of anything else than plain numbers."""
        if name in self.contract.numeric_column_of and column.dtype.kind in "iuf":
            numbers = column.to_numpy(np.float64, na_value=nan)
            for row in np.flatnonzero(np.isinf(numbers)).tolist():
                self._problem(row, name, "expected a finite number")
            self.values[:, self.contract.column_of[name]] = numbers
            return
        if name in self.contract.codes and infer_dtype(column, skipna=True) == "string":
            numbers = column.map(self.contract.codes[name]).to_numpy(np.float64, copy=True)
            texts = column.to_numpy(object)
            for row in np.flatnonzero(np.isnan(numbers) & column.notna().to_numpy()).tolist():
                number = self._value(row, name, texts[row])  # one of the rest, or an unknown category
                numbers[row] = nan if number is None else number
            self.values[:, self.contract.column_of[name]] = numbers
            return
        if name == self.contract.id and column.dtype.kind == "f":
            self.exact_below = _exact_below(column.dtype)
        elif name == self.contract.id and not self.contract.id_is_text and _are_whole_ids(column):
            self.ids = column.tolist()
            return
        for row, value in enumerate(column.astype(object).where(column.notna(), None).tolist()):
            number = self._value(row, name, value)
            if number is not None:
                self.values[row, self.contract.column_of[name]] = number

    def _value(self, row: int, name: str, value: object) -> float | None:
        """The matrix's number for a field's value; None where it is missing, unknown or invalid."""
        if isinstance(value, np.generic):
            value = value.item()
        codes = self.contract.codes.get(name)
        try:
            if name == self.contract.id:
                self.ids[row] = None if _is_missing(value) else self._identity(value)
            elif name not in self.contract.column_of:
                raise _InvalidValue(UNKNOWN_FIELD)
            elif _is_missing(value):
                pass
            elif codes is None:
                return _number(value)
            elif type(value) is not str:
                raise _InvalidValue(f"expected a string, got {kind(value)}")
            elif value in codes:
                return codes[value]
            elif not is_storable(value):
                raise _InvalidValue(STORABLE)
            elif name in self.contract.rest_codes:
                return self.contract.rest_codes[name]
            else:
                self.unknown.setdefault(row, []).append(name)
        except _InvalidValue as error:
            self._problem(row, name, str(error))
        return None

    def _identity(self, value: object) -> int | str:
        if self.contract.id_is_text:
            if type(value) is not str:
                raise _InvalidValue(f"expected a string, got {kind(value)}")
            if not is_id(self.contract, value):
                raise _InvalidValue(IDENTIFIES)
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _InvalidValue(f"expected a whole number, got {kind(value)}")
        if not -MAX_ID <= value <= MAX_ID or value != int(value):
            raise _InvalidValue(WHOLE_ID)
        if isinstance(value, float) and abs(value) >= self.exact_below:
            raise _InvalidValue(INEXACT_ID)
        return int(value)

    def _require(self, row: int, missing: Iterable[str]) -> None:
        for name in missing:
            self._problem(row, name, "required, but missing or null")

    def _declare(self, row: int, sent: KeysView[str]) -> None:
        """Find the declared fields that a row was sent without; a null declares a field."""
        if not sent >= self.declared:
            for name in sorted(self.declared.difference(sent)):
                self._problem(row, name, UNDECLARED)
        if not sent >= self.declared_history:
            self.undeclared[row] = self.declared_history.difference(sent)

    def _problem(self, row: int | None, name: object, problem: str) -> None:
        self.problems.append(Problem(row, None if name is None else shorten(name), problem))
        if len(self.problems) > MAX_PROBLEMS:
            raise _TooManyProblems


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _are_whole_ids(column: pd.Series) -> bool:
    """Whether all values of a column are whole numbers of at most 64 bits, and none is missing."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu" or not len(column):
        return False
    return int(column.min()) >= -MAX_ID and int(column.max()) <= MAX_ID


def _exact_below(dtype: Any) -> int:
    """The number from which on a float column cannot tell all whole numbers apart: 2^53 in 64 bits, 2^24 in 32."""
    return 2 ** (np.finfo(getattr(dtype, "numpy_dtype", dtype)).nmant + 1)


def _number(value: object) -> float:
    """The value as a finite float; booleans are not numbers, an integer too large for a float is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _InvalidValue(f"expected a number, got {kind(value)}")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise _InvalidValue("expected a finite number")
    return float(value)
