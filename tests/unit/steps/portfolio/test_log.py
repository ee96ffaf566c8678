"""The decision log of a scoring is tried before anything is decided, and parts that it lost are decided again."""

import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.portfolio.log import check_log, forget_unrecorded, writable_log
from steps.portfolio.parts import TOTALS, ids_of
from steps.portfolio.totals import Totals
from steps.run.console import UserError
from tests.recorded import recorded

LOG = "DECISION_LOG_URI"


@pytest.fixture
def log(tmp_path, monkeypatch) -> Path:
    """An empty log that the environment names."""
    file = tmp_path / "log.db"
    monkeypatch.setenv(LOG, f"sqlite:///{file}")
    check_log()
    return file


def test_a_log_without_a_folder_is_an_error_before_anything_is_decided(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG, f"sqlite:///{tmp_path}/none/log.db")

    with pytest.raises(UserError, match=f"{LOG}: the decision log cannot be written: check that it is there"):
        check_log()


def test_a_log_that_another_process_has_locked_is_an_error(log, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_WAIT", "0.1")
    other = sqlite3.connect(log, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(UserError, match=f"{LOG}: the decision log "):
        check_log()
    other.close()


def test_parts_that_are_not_whole_on_record_are_decided_again(log, tmp_path, capsys):
    parts = [part_with(tmp_path / f"part-{number}.parquet", f"{number}a", f"{number}b") for number in range(3)]
    parts.append(part_with(tmp_path / "undecided.parquet", None))
    parts.append(tmp_path / "not-yet.parquet")
    kept = [id_ for id_ in (*ids_of(parts[0]), *ids_of(parts[1])) if id_ != "1b"]
    with writable_log() as there:
        there.submit([recorded(decision_id=id_) for id_ in kept]).result()

    forget_unrecorded(parts)

    assert [part.exists() for part in parts] == [True, False, False, True, False]
    assert "the decision log lacks decisions that it had: 4 applications are decided again" in capsys.readouterr().out


def part_with(path: Path, *ids: str | None) -> Path:
    table = pa.table({"decision_id": pa.array(ids, pa.string())})
    totals = Totals(granted=len(ids) - ids.count(None), undecided=ids.count(None))
    pq.write_table(table.replace_schema_metadata({TOTALS: totals.model_dump_json().encode()}), path)
    return path
