"""The feature table: one row per client, in a Parquet file with its lineage in the metadata."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from custom_model.meanings import Meaning
from steps.run.atomic import atomic_write
from steps.run.console import UserError
from steps.run.printable import shown
from steps.run.settings import LeaksTreatment
from steps.tables.footer import doubled_names, opened
from steps.tables.messages import duplicates, missing_ids, wrong_values
from steps.tables.unchanged import Snapshot
from steps.tables.words import Words

METADATA_KEY = b"credit_scoring"
BATCH_ROWS = 20_000  # also of a row group
IDS, TARGETS, FIELDS = (pa.int64(), pa.string()), (pa.int64(),), (pa.float64(), pa.string())  # types of the columns


class SourceTable(BaseModel):
    """A source file of the table: name, size, and digest of its content."""

    model_config = ConfigDict(frozen=True)

    file: str
    bytes: int
    sha256: str


class Lineage(BaseModel):
    """The origin and meaning of a feature table's columns, stored in the Parquet file's metadata.

    Parameters
    ----------
    id : str
        The column that identifies the client: unique, never missing.
    target : str
        The column of outcomes: 1 for a default, 0 otherwise.
    engine : str
        The engine of the aggregation: "duckdb" or "spark".
    sources : dict[str, SourceTable]
        The source file of each table, by the table's name.
    missing : tuple[str, ...]
        Tables without a file: their features are missing in every row.
    history : tuple[str, ...]
        The columns computed from past loans, in the table's order.
    meanings : dict[str, Meaning]
        The meaning of each column, as far as it is known.
    date : str or None
        The column of the day of the application, in days since 1970; None: the data has no date.
    unlabelled : int
        The number of rows without an outcome, such as refused applications; their target is null.
    words : dict[str, Words]
        The lender's own words for each of its fields; none for Home Credit's.
    directions : dict[str, str]
        How the risk must move with a field: "increasing" or "decreasing".
    protected : tuple[str, ...]
        Fields by which reports show the decisions, beside policy.yaml's protected_attributes.
    unused : tuple[str, ...]
        Fields that the model never uses, beside policy.yaml's excluded_fields.
    description : str
        The description that a lender's file was read by, as JSON; empty for other data.
    leaks : LeaksTreatment
        Whether fields that reveal the outcome stop the training or are left out of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    target: str
    engine: str
    sources: dict[str, SourceTable]
    missing: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    meanings: dict[str, Meaning] = {}
    date: str | None = None
    unlabelled: int = 0
    words: dict[str, Words] = {}
    directions: dict[str, Literal["increasing", "decreasing"]] = {}
    protected: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    description: str = ""
    leaks: LeaksTreatment = LeaksTreatment.stop


class FeatureTable:
    """A feature table in memory.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of shape (clients, 2 + fields): id, target and every field, sorted by id. Numbers are float64, NaN where
        missing; texts are objects, None where missing.
    lineage : Lineage
        The origin and meaning of the columns.
    path : pathlib.Path
        The file that the table was read from.
    parameters : Mapping[str, str]
        The parameters of an entry point that give this table; by default its file.
    unlabelled : pandas.DataFrame
        The rows without an outcome, in the same columns.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        lineage: Lineage,
        path: Path,
        parameters: Mapping[str, str] | None = None,
        unlabelled: pd.DataFrame | None = None,
    ):
        self.frame = frame
        self.lineage = lineage
        self.path = path
        self.parameters = {"data": str(path)} if parameters is None else dict(parameters)
        self.unlabelled = frame.head(0) if unlabelled is None else unlabelled

    @property
    def name(self) -> str:
        """What runs, versions and plots call the data: `sample`, a folder's or a file's name."""
        return re.sub(r"^features-(.+)-[0-9a-f]{12}$", r"\1", self.path.stem)

    @property
    def fields(self) -> list[str]:
        """The columns but for id, target and date, in the table's order: the fields of an application."""
        others = (self.lineage.id, self.lineage.target, self.lineage.date)
        return [name for name in self.frame.columns if name not in others]

    def treating_leaks(self, leaks: LeaksTreatment) -> "FeatureTable":
        """The same rows with another treatment of leaks, unless it is the described one."""
        lineage = self.lineage.model_copy(update={"leaks": leaks or self.lineage.leaks})
        return FeatureTable(self.frame, lineage, self.path, self.parameters, self.unlabelled)

    @property
    def applications(self) -> pd.DataFrame:
        """The rows as a request has them: the id and the fields, without outcomes."""
        return self.frame[[self.lineage.id, *self.fields]]


def write_feature_table(batches: Iterable[pa.RecordBatch], schema: pa.Schema, lineage: Lineage, out: Path) -> int:
    """Write a feature table to a Parquet file, whole or not at all.

    Parameters
    ----------
    batches : Iterable[pyarrow.RecordBatch]
        The rows in the order of the file; each batch becomes a row group.
    schema : pyarrow.Schema
        The columns of every batch.
    lineage : Lineage
        Stored in the file's metadata.
    out : pathlib.Path
        The file; its folder is created.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    OSError
        The file cannot be written; an existing file is kept.
    """
    described = schema.with_metadata({METADATA_KEY: lineage.model_dump_json().encode()})
    rows = 0
    with atomic_write(out) as unfinished, pq.ParquetWriter(unfinished, described, compression="zstd") as writer:
        for batch in batches:
            table = pa.Table.from_batches([batch]).cast(schema)
            writer.write_table(table.replace_schema_metadata(described.metadata))
            rows += batch.num_rows
    return rows


def side_by_side(parts: Sequence[Path], identity: str) -> Iterator[pa.RecordBatch]:
    """Batches with the columns of several Parquet files with the same clients in the same order.

    Raise `ValueError` where their `identity` columns differ.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(pq.ParquetFile(part, pre_buffer=False)) for part in parts]
        for batches in zip(*(file.iter_batches(BATCH_ROWS) for file in files), strict=True):
            first, *others = batches
            columns = dict(zip(first.schema.names, first.columns, strict=True))
            for part, batch in zip(parts[1:], others, strict=True):
                if not batch[identity].equals(first[identity]):
                    raise ValueError(f"{part.name}: expected the clients of {parts[0].name} in their order, got others")
                columns |= dict(zip(batch.schema.names, batch.columns, strict=True))
            yield pa.RecordBatch.from_pydict(columns)


def read_lineage(path: Path) -> Lineage | None:
    """The lineage in a Parquet file; None if the file is not a feature table, which need not have its outcomes.

    Raise `UserError` where the file is named .parquet but is not a Parquet file, or where its lineage is of another
    version, or not of its columns.
    """
    if path.suffix != ".parquet":
        return None
    with opened(path) as file:
        return _lineage(file.schema_arrow, path)


def read_feature_table(path: Path, parameters: Mapping[str, str] | None = None) -> FeatureTable:
    """Read a feature table for training; `parameters` are those that give it.

    Returns
    -------
    FeatureTable
        Every row has a unique id, and a target of 0 or 1; both occur.

    Raises
    ------
    UserError
        The file is not a feature table, its ids or target break the rule above, or it is changed meanwhile.
    """
    if path.suffix != ".parquet":
        raise UserError(f"{path}: expected a feature table; `mlflow run . -e features` writes one")
    snapshot = Snapshot([path])
    with opened(path) as file:
        lineage = _lineage(file.schema_arrow, path)
        if lineage is None:
            raise UserError(f"{path}: expected a feature table; `mlflow run . -e features` writes one")
        if lineage.target not in file.schema_arrow.names:
            problem = f"its lineage names {shown(lineage.target)} as target, and it has no such column"
            raise UserError(f"{path}: {problem}: build the feature table again")
        try:
            table = file.read()
            table.validate(full=True)  # texts in UTF-8
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk, not of the content
            raise UserError(f"{path} is damaged: build the feature table again") from None
        if table.num_rows != file.metadata.num_rows:
            raise UserError(f"{path} is damaged: it has other rows than its footer says; build the feature table again")
    snapshot.check()
    frame = table.replace_schema_metadata().to_pandas()  # pandas' metadata would make an index of a column
    frame, unlabelled = _by_label(frame, lineage)
    errors = list(_errors(frame, lineage))
    if errors:
        raise UserError(f"{path}: {'; '.join(errors)}")
    return FeatureTable(frame, lineage, path, parameters, unlabelled)


def _by_label(frame: pd.DataFrame, lineage: Lineage) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with an outcome, and those without one, as many as the lineage says."""
    is_labelled = frame[lineage.target].notna()
    if not lineage.unlabelled or int((~is_labelled).sum()) != lineage.unlabelled:
        return frame, frame.head(0)
    labelled = frame[is_labelled].reset_index(drop=True)
    return labelled.astype({lineage.target: "int64"}), frame[~is_labelled].reset_index(drop=True)


def _lineage(schema: pa.Schema, path: Path) -> Lineage | None:
    """The lineage in a schema's metadata, which must be of the schema's columns; None where there is none."""
    text = (schema.metadata or {}).get(METADATA_KEY)
    if text is None:
        return None
    try:
        lineage = Lineage.model_validate_json(text)
    except ValidationError:
        raise UserError(f"{path} has the lineage of another version: build the feature table again") from None
    problem = next(_mismatches(lineage, schema), None)
    if problem is not None:
        raise UserError(f"{path}: {problem}: build the feature table again")
    return lineage


def _mismatches(lineage: Lineage, schema: pa.Schema) -> Iterator[str]:
    """Where the lineage and the columns disagree; a value or a type of others would be read in silence."""
    doubled = doubled_names(schema)
    if doubled:
        yield f"it has several columns named {shown(doubled[0])}"
    if lineage.id == lineage.target:
        yield f"its lineage names {shown(lineage.id)} as the id and as the target"
    named = [("id", lineage.id), *(("history", name) for name in lineage.history)]
    for meaning, name in [*named, *([] if lineage.date is None else [("date", lineage.date)])]:
        if name not in schema.names:
            yield f"its lineage names {shown(name)} as {meaning}, and it has no such column"
        elif meaning in ("history", "date") and name in (lineage.id, lineage.target):
            yield f"its lineage names {shown(name)} as {meaning}, which is its id or target"
    for field in schema:
        kinds = {lineage.id: IDS, lineage.target: TARGETS}.get(field.name, FIELDS)
        if field.type not in kinds:
            expected = " or ".join(map(str, kinds))
            yield f"its column {shown(field.name)} is of the type {shown(str(field.type))}, expected {expected}"


def _errors(frame: pd.DataFrame, lineage: Lineage) -> Iterator[str]:
    target, identity, rows = frame[lineage.target], frame[lineage.id], len(frame)
    wrong = int((~target.isin([0, 1])).sum())
    if wrong:
        yield wrong_values(lineage.target, "0 or 1", wrong, rows)
    elif target.nunique() < 2:
        yield f"{lineage.target} is the same in every row: there is nothing to learn"
    missing = int(identity.isna().sum())
    if missing:
        yield missing_ids(lineage.id, missing, rows)
    repeated = int(identity.dropna().duplicated().sum())
    if repeated:
        yield duplicates(lineage.id, repeated)


def source_of(file: Path) -> SourceTable:
    """Name, size and digest of a file."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return SourceTable(file=file.name, bytes=content.tell(), sha256=digest)
