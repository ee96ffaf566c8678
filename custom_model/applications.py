"""Judging what was sent: applications in, a matrix of numbers or every problem out."""

import sys
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from custom_model.contract import Contract
from custom_model.errors import Problem, shortened

LARGEST_ID = 2**63 - 1
LONGEST_ID = 200  # characters; a longer key does not fit into every database's index
LARGEST_NUMBER = sys.float_info.max
PLAIN = frozenset({float, int, type(None)})
MOST_LEFT_OUT = 4  # of as many fields one is sent at least, where looking at all of them at once pays

KINDS = {
    bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list",
    dict: "an object", type(None): "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications that fulfil the contract.

    `values` is (rows, fields) float64 in the order of `Contract.fields`: categories as codes, NaN
    for what is missing. `ids` are as sent, None where none was; `unknown` maps a row to the fields
    whose category the model has never seen, and which count as missing.
    """

    ids: list[int | str | None]
    values: np.ndarray
    unknown: dict[int, list[str]]

    def __len__(self) -> int:
        return len(self.ids)


def judge(contract: Contract, sent: object) -> tuple[Applications, list[Problem]]:
    """A list of dictionaries, or a DataFrame, as applications, and every problem with them.

    Where there are problems, the applications are not to be decided about.
    """
    if isinstance(sent, pd.DataFrame):
        judgement = _Judgement(contract, len(sent))
        judgement.table(sent)
    elif isinstance(sent, list):
        judgement = _Judgement(contract, len(sent))
        for row, application in enumerate(sent):
            judgement.application(row, application)
    else:
        judgement = _Judgement(contract, 0)
        judgement.problems.append(Problem(None, None, f"expected a list of applications, got {kind(sent)}"))
    return Applications(judgement.ids, judgement.values, judgement.unknown), judgement.problems


def kind(value: object) -> str:
    """What a JSON value is, in words and without the value."""
    return KINDS.get(type(value), type(value).__name__)


class _Wrong(Exception):
    """What is wrong with one value, in words and without the value."""


class _Judgement:
    """The matrix under construction, and the problems found on the way."""

    def __init__(self, contract: Contract, rows: int):
        self.contract = contract
        self.values = np.full((rows, len(contract.fields)), nan)
        self.ids: list[int | str | None] = [None] * rows
        self.unknown: dict[int, list[str]] = {}
        self.problems: list[Problem] = []

    def application(self, row: int, sent: object) -> None:
        """Write one application into its row of the matrix.

        What nearly every value is, a number for a number or null, is dealt with here; the rest goes
        through `_value`. Writing the row's numbers at once costs half of writing them one by one.
        """
        if not isinstance(sent, dict):
            self._problem(row, None, f"expected an object of fields, got {kind(sent)}")
            return
        if MOST_LEFT_OUT * len(sent) >= len(self.contract.fields) and self._plain(row, sent):
            return
        position, number_position = self.contract.position, self.contract.number_position
        cells: list[int] = []
        numbers: list[float] = []
        for name, value in sent.items():
            arrived = type(value)
            if arrived is float or arrived is int:
                column = number_position.get(name)
                if column is not None and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
                    cells.append(column)
                    numbers.append(float(value))
                    continue
            elif value is None and name in position:
                continue
            number = self._value(row, name, value)
            if number is not None:
                cells.append(position[name])
                numbers.append(number)
        self.values[row, cells] = numbers
        self._require(row, [name for name in self.contract.required if _is_missing(sent.get(name))])

    def _plain(self, row: int, sent: dict) -> bool:
        """Write an application in which nothing needs a second look, at once; False where something does.

        For hundreds of fields this takes half the time of looking at each.
        """
        contract = self.contract
        identity = sent.get(contract.id)
        if not contract.names.issuperset(sent) or not (identity is None or self._is_identity(identity)):
            return False
        cells = [*map(sent.get, contract.numeric)]
        if not PLAIN.issuperset(map(type, cells)):
            return False
        for name in contract.fields[len(cells) :]:
            level = sent.get(name)
            if level is not None and (type(level) is not str or level not in contract.codes[name]):
                return False
            cells.append(None if level is None else contract.codes[name][level])
        try:
            numbers = np.array(cells, np.float64)  # None becomes NaN
        except OverflowError:
            return False
        if np.isinf(numbers).any() or np.isnan(numbers[contract.required_position]).any():
            return False
        self.values[row], self.ids[row] = numbers, identity
        return True

    def _is_identity(self, value: object) -> bool:
        if self.contract.id_is_text:
            return type(value) is str and len(value) <= LONGEST_ID and _is_plain(value)
        return type(value) is int and abs(value) <= LARGEST_ID

    def table(self, sent: pd.DataFrame) -> None:
        """Write a table column by column; pandas brings whole numbers as floats and missing text as NaN."""
        columns = {str(name): sent.iloc[:, place] for place, name in enumerate(sent.columns)}
        for name in sent.columns[sent.columns.duplicated()]:
            self.problems.append(Problem(None, shortened(name), "the column was sent more than once"))
        for name, column in columns.items():
            if name in self.contract.number_position and column.dtype.kind in "iuf":
                numbers = column.to_numpy(np.float64, na_value=nan)
                for row in np.flatnonzero(np.isinf(numbers)):
                    self._problem(int(row), name, "expected a finite number")
                self.values[:, self.contract.position[name]] = numbers
                continue
            if name in self.contract.codes and infer_dtype(column, skipna=True) == "string":
                numbers = column.map(self.contract.codes[name]).to_numpy(np.float64)
                for row in np.flatnonzero(np.isnan(numbers) & column.notna().to_numpy()):
                    self.unknown.setdefault(int(row), []).append(name)
                self.values[:, self.contract.position[name]] = numbers
                continue
            for row, value in enumerate(column.astype(object).where(column.notna(), None).tolist()):
                number = self._value(row, name, value)
                if number is not None:
                    self.values[row, self.contract.position[name]] = number
        missing = {
            name: columns[name].isna().to_numpy() if name in columns else np.ones(len(sent), bool)
            for name in self.contract.required
        }
        for row in range(len(sent)) if missing else ():
            self._require(row, [name for name, rows in missing.items() if rows[row]])

    def _value(self, row: int, name: str, value: object) -> float | None:
        """The number that stands for a field's value; None where there is none, or it was no good."""
        if isinstance(value, np.generic):
            value = value.item()
        known_levels = self.contract.codes.get(name)
        try:
            if name == self.contract.id:
                self.ids[row] = None if _is_missing(value) else self._identity(value)
            elif name not in self.contract.position:
                raise _Wrong("unknown field: the contract has no such column")
            elif _is_missing(value):
                pass
            elif known_levels is None:
                return _number(value)
            elif type(value) is not str:
                raise _Wrong(f"expected a string, got {kind(value)}")
            elif value in known_levels:
                return known_levels[value]
            else:
                self.unknown.setdefault(row, []).append(name)
        except _Wrong as wrong:
            self._problem(row, name, str(wrong))
        return None

    def _identity(self, value: object) -> int | str:
        if self.contract.id_is_text:
            if type(value) is not str:
                raise _Wrong(f"expected a string, got {kind(value)}")
            if not self._is_identity(value):
                raise _Wrong(f"expected at most {LONGEST_ID} characters of valid Unicode, without NUL")
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _Wrong(f"expected a whole number, got {kind(value)}")
        if not -LARGEST_ID <= value <= LARGEST_ID or value != int(value):
            raise _Wrong("expected a whole number of at most 64 bits")
        return int(value)

    def _require(self, row: int, missing: list[str]) -> None:
        for name in missing:
            self._problem(row, name, "required, but missing or null")

    def _problem(self, row: int, name: object, problem: str) -> None:
        self.problems.append(Problem(row, None if name is None else shortened(name), problem))


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _is_plain(text: str) -> bool:
    """Whether every database can hold it: no NUL, and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _number(value: object) -> float:
    """A finite number; booleans and text are none, and an integer too large for a float is infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"expected a number, got {kind(value)}")
    if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise _Wrong("expected a finite number")
    return float(value)
