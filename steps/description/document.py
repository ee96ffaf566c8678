"""The description of a lender's file: how it is read, what each column is; a YAML file that a person can correct."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from steps.description.spelling import Decimal
from steps.run.atomic import atomic_write
from steps.run.console import UserError

SUFFIXES = (".yaml", ".yml")
MOST_BYTES = 4 << 20  # of a description; one of 10,000 columns has 1 MB
Text = Annotated[str, Field(min_length=1)]


class Kind(StrEnum):
    """What the values of a column are."""

    number = "number"
    percentage = "percentage"
    money = "money"
    duration = "duration"
    flag = "yes/no"
    category = "category"
    date = "date"
    text = "text"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Reading(_Part):
    """How a text file is read; Parquet and workbooks have none.

    Parameters
    ----------
    separator, quote : str
        One character each.
    skip : int
        Lines before the header.
    encoding : str
        By Python's name.
    """

    separator: Annotated[str, Field(min_length=1, max_length=1)]
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    skip: Annotated[int, Field(ge=0)] = 0
    encoding: Text = "utf-8"


class Outcome(_Part):
    """The target: its column, and the values of a default and of a good loan.

    Rows with any other value, or none, are unlabelled: their loans were refused, or still run.
    """

    column: Text
    default: Annotated[tuple[Text, ...], Field(min_length=1)]
    no_default: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = set(self.default) & set(self.no_default)
        if both:
            raise ValueError(f"{', '.join(sorted(both))} cannot be both default and no_default")
        return self


class Column(_Part):
    """One column.

    Parameters
    ----------
    kind : Kind
        What its values are (`is` in the file).
    unit : str
        Of money its sign, of durations days, weeks, months or years.
    decimal : {".", ","}
        The decimal sign of its numbers.
    written : tuple of str
        Of dates their spellings, in strptime's codes; the first that fits counts.
    missing : tuple of str
        Its marks of missing values, beside an empty one, in any letter case.
    use : bool
        Whether the model may use it.
    because : str
        Why it is left out.
    protected : bool
        Whether reports show the decisions by it.
    direction : {"increasing", "decreasing"} or None
        How the risk must move with it.
    """

    kind: Kind = Field(alias="is")
    unit: str = ""
    decimal: Decimal = "."
    written: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()
    use: bool = True
    because: str = ""
    words: str = ""
    protected: bool = False
    direction: Literal["increasing", "decreasing"] | None = None


class Description(_Part):
    """A described file; it stands for the data wherever `data` is asked for.

    Parameters
    ----------
    file : str
        The file; a relative path starts from the description's folder.
    reading : Reading or None
        How it is read; None for Parquet.
    id : str or None
        The column that identifies the client; None: the row's content does.
    target : Outcome
        The outcome.
    date : str or None
        The column of the date of the application.
    leaks : {"stop", "leave-out"}
        Whether a column that reveals the outcome stops the training or is left out of it.
    columns : dict of str to Column
        Every column, in the file's order and under its visible name.
    """

    file: Text
    reading: Reading | None = None
    id: str | None = None
    target: Outcome
    date: str | None = None
    leaks: Literal["stop", "leave-out"] = "stop"
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _known(self) -> Self:
        named = {"id": self.id, "target.column": self.target.column, "date": self.date}
        for entry, name in named.items():
            if name is not None and name not in self.columns:
                raise ValueError(f"{entry}: there is no column {name}")
        if self.date is not None and self.columns[self.date].kind is not Kind.date:
            raise ValueError(f"date: {self.date} is a {self.columns[self.date].kind}, not a date")
        return self

    def fields(self) -> dict[str, Column]:
        """The columns of an application: used, and neither id nor target."""
        return {
            name: column
            for name, column in self.columns.items()
            if column.use and name not in (self.id, self.target.column)
        }


def is_description(path: Path) -> bool:
    """Whether this path names a description."""
    return path.suffix.lower() in SUFFIXES


def read_description(path: Path) -> Description:
    """The description in this file; raise `UserError` naming each entry that is wrong."""
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"{path} has more than {MOST_BYTES:,} bytes: it is no description")
    try:
        content = yaml.load(path.read_text("utf-8"), _PlainLoader)
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8: a description is a YAML text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "it"
        raise UserError(f"{path} cannot be read: {where} is no YAML ({getattr(error, 'problem', error)})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected the entries of a description; `mlflow run . -e describe` writes one")
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        raise UserError("; ".join([f"{path}: {_where(each)}" for each in error.errors()])) from None


def write_description(description: Description, path: Path) -> None:
    """Write it as YAML, one column a line."""
    content = description.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"columns"})
    head = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    lines = [f"  {_quoted(name)}: {_in_one_line(column)}" for name, column in description.columns.items()]
    with atomic_write(path) as unfinished:
        unfinished.write_text("\n".join([head.rstrip("\n"), "columns:", *lines, ""]), "utf-8")


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases; yes, no, on and off are words, as values of a file are."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias: write the value itself")
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _in_one_line(column: Column) -> str:
    content = column.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10**9).strip()


def _quoted(name: str) -> str:
    return yaml.safe_dump(name, allow_unicode=True, width=10**9, default_style='"').strip() if name else '""'


def _where(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"])
    return f"{path}: {error['msg']}" if path else error["msg"]
