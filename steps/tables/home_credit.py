"""The seven tables of Home Credit Default Risk: their columns, keys and target."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from custom_model.meanings import Meaning
from steps.run.yaml_file import read_yaml
from steps.tables.measures import Measure

APPLICATION = "application_train"
UNDECIDED = "application_test"  # the same table of clients without outcomes
ID = "SK_ID_CURR"
TARGET = "TARGET"


@dataclass(frozen=True)
class TableSchema:
    """The columns of a table: keys are whole numbers, every other column is of a kind `whole`, `number` or `text`."""

    keys: tuple[str, ...]
    columns: dict[str, dict[str, Any]]

    @property
    def types(self) -> dict[str, str]:
        """The types that features need; whole numbers are float64, as in files where some are missing."""
        kinds = {"whole": "float64", "number": "float64", "text": "string"}
        return {**dict.fromkeys(self.keys, "int64"), **self._of(kinds)}

    @property
    def stored(self) -> dict[str, str]:
        """The types in Kaggle's files, in their order, without the target."""
        kinds = {"whole": "int64", "number": "float64", "text": "string"}
        return {**dict.fromkeys(self.keys, "int64"), **self._of(kinds)}

    @property
    def measures(self) -> dict[str, Measure]:
        """The unit and bounds of the numbers."""
        return {
            name: Measure(column.get("unit", ""), column.get("lowest"), column.get("highest"))
            for name, column in self.columns.items()
            if column["kind"] != "text"
        }

    @property
    def meanings(self) -> dict[str, Meaning]:
        """The meaning of each column of the application; those of other tables have none of their own."""
        return {
            name: Meaning.model_validate(
                {"whole": column["kind"] == "whole", **{key: value for key, value in column.items() if key != "kind"}}
            )
            for name, column in self.columns.items()
        }

    def _of(self, kinds: dict[str, str]) -> dict[str, str]:
        return {name: kinds[column["kind"]] for name, column in self.columns.items()}


@cache
def home_credit() -> dict[str, TableSchema]:
    """The seven tables by name, the application first."""
    tables = read_yaml(Path(__file__).with_name("home_credit.yaml"))
    return {name: TableSchema(tuple(table["keys"]), table["columns"]) for name, table in tables.items()}
