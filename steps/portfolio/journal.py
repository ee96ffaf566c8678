"""What a scoring decides, and how far it has come: a folder beside its output, until that is there."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from steps.portfolio.parts import TOTALS, is_whole, part_name, part_of
from steps.portfolio.tasks import Task
from steps.portfolio.totals import Totals
from steps.run.atomic import atomic_write
from steps.run.console import UserError

KEY_BYTES = 16
SCORING = b"credit_scoring.scoring"  # of the output's metadata
FILE = "scoring.json"


class Scoring(BaseModel):
    """What is decided: the same again is the same scoring, which goes on.

    Attributes
    ----------
    model : str
        URI of the version.
    logged : str
        Id of its logged model: another store may have another version under the same URI.
    stores : str
        Digest of the history store, its published set, and the log.
    data : str
        Digest of the portfolio.
    reasons : {"refused", "all", "none"}
        Decisions to explain.
    record : bool
        Whether the decisions are put on record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    logged: str
    stores: str
    data: str
    reasons: Literal["refused", "all", "none"]
    record: bool


class Journal(BaseModel):
    """A scoring that has begun: the key and the time of its decisions' ids, and its tasks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scoring: Scoring
    key: str
    milliseconds: int
    tasks: tuple[Task, ...]

    @classmethod
    def begun(cls, folder: Path, scoring: Scoring, tasks: tuple[Task, ...]) -> "Journal":
        """The journal in this folder, which is begun where there is none.

        Raise `UserError` where the folder has another scoring, which would lose its parts.
        """
        file = folder / FILE
        if not file.exists():
            key = secrets.token_hex(KEY_BYTES)
            journal = cls(scoring=scoring, key=key, milliseconds=time.time_ns() // 1_000_000, tasks=tasks)
            for part in folder.glob(part_name("*")):  # of a journal that somebody removed
                part.unlink()
            with atomic_write(file) as unfinished:
                unfinished.write_text(journal.model_dump_json(), "utf-8")
                _sync(unfinished)
            _sync(folder)  # before any decision is on record: another key would put each there twice
            return journal
        try:
            journal = cls.model_validate_json(file.read_bytes())
        except ValidationError:
            raise UserError(f"{file} is damaged: remove {folder} to begin anew") from None
        others = [name for name in Scoring.model_fields if getattr(journal.scoring, name) != getattr(scoring, name)]
        if others:
            began = f" (-P model_uri={journal.scoring.model})" if "model" in others else ""
            raise UserError(
                f"{folder} has a scoring that has not ended, of other {' and '.join(others)}: go on with it as it "
                f"began{began}, or remove the folder to begin anew"
            )
        return journal

    def left(self, folder: Path) -> Iterator[Task]:
        """The tasks without a part."""
        return (task for task in self.tasks if not is_whole(part_of(folder, task.number)))


def folder_of(out: Path) -> Path:
    """The folder of the scoring with this output."""
    return out.with_name(f".{out.name}.scoring")


def _sync(path: Path) -> None:
    """Return once a power cut leaves the file, or the folder's names, as they are."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def taken(out: Path) -> UserError:
    """The error of an output that is another scoring's, or none's."""
    return UserError(f"out: {out} is there already, of another scoring: name another file, or remove it")


@contextmanager
def removed_unless_begun(folder: Path) -> Iterator[None]:
    """The folder of a scoring that ends before it has begun is removed: it has clients' data, for nobody."""
    try:
        yield
    except BaseException:  # refused, interrupted, or on a full disk
        if not folder.joinpath(FILE).exists():
            rmtree(folder, ignore_errors=True)
        raise


def made_by(out: Path) -> tuple[Scoring, Totals] | None:
    """The scoring whose output this file is, and what its decisions add up to; None for any other, or no file."""
    try:
        metadata = pq.read_schema(out).metadata or {}
        return Scoring.model_validate_json(metadata[SCORING]), Totals.model_validate_json(metadata[TOTALS])
    except (pa.ArrowException, OSError, KeyError, ValidationError):
        return None
