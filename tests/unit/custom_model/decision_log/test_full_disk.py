"""A full disk: the probe fails where records do, and a deletion makes room or says how much it needs."""

import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records, window
from custom_model.errors import Unavailable
from steps.decisions import Action, main
from steps.run.console import UserError
from tests.full_disk import fill, free, small_disk

YEAR_AGO = datetime.now(UTC) - timedelta(days=365)
PATIENT = 30.0  # seconds; only a failing test waits that long


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 16) as disk:
        yield disk


@pytest.fixture
def log(disk):
    log = DecisionLog(make_url(f"sqlite:///{disk / 'log.db'}"))
    yield log
    log.close()


@pytest.fixture
def large(record):
    """A function that returns a record of a usual size, a year old."""
    return lambda: record(decided_at=YEAR_AGO, fields=f'{{"NAME":"{os.urandom(12_000).hex()}"}}')


def is_writable(log: DecisionLog, *records: dict) -> bool:
    try:
        log.submit(list(records)).result(PATIENT)
    except Unavailable:
        return False
    return True


def test_a_probe_leaves_no_row_and_writes_as_much_as_a_record(log, disk, large):
    wal = Path(f"{disk / 'log.db'}-wal")
    log.submit([]).result(PATIENT)
    sizes = [wal.stat().st_size]
    for records in ([], [large()], []):
        assert is_writable(log, *records)
        sizes.append(wal.stat().st_size)

    probe, record, again = (after - before for before, after in pairwise(sizes))
    assert probe >= 0.9 * record > 20_000
    assert again >= 0.9 * record
    records = Records.open(log.url)
    assert records.count(window()) == 1
    records.close()


def test_on_a_full_disk_the_probe_fails_before_any_record_and_succeeds_once_there_is_space(log, disk, large):
    assert is_writable(log, large())
    fill(disk)

    assert [is_writable(log) for _ in range(3)] == [False] * 3
    assert not is_writable(log, large())
    free(disk, 1)
    assert is_writable(log)
    assert is_writable(log, large())


def test_a_probe_that_succeeds_is_followed_by_a_record_that_does(log, disk, large):
    outcomes = []
    for _ in range(1_000):
        outcomes.append((is_writable(log), is_writable(log, large())))
        if outcomes[-1] == (False, False):
            break

    assert outcomes[-1] == (False, False)
    # The last page of the disk may be between the two.
    assert sum(probe and not written for probe, written in outcomes) <= 1


def test_a_deletion_on_a_full_disk_says_how_much_it_needs_and_with_that_makes_room(
    log, disk, large, capsys, monkeypatch
):
    monkeypatch.setenv("DECISION_LOG_URI", str(log.url))
    (disk / "ballast").write_bytes(bytes(6_000_000))
    while is_writable(log, large()):
        pass
    log.close()
    fill(disk)

    with pytest.raises(UserError, match=r"database or disk is full\. Free \d+ MB on its disk") as error:
        main(Action.delete)
    needed = float(re.search(r"Free (\d+) MB", str(error.value))[1])
    assert needed < 7
    free(disk, needed)
    main(Action.delete)

    assert re.search(r"deleted \d+ decisions", capsys.readouterr().out)
    records = Records.open(log.url)
    assert records.count(window(until=datetime.now(UTC) - timedelta(days=184))) == 0
    records.close()


def test_a_deletion_needs_no_more_space_than_the_write_ahead_log_has_already(log, disk, large, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_URI", str(log.url))
    for _ in range(150):  # the write-ahead log starts anew, and keeps the size of a thousand pages
        assert is_writable(log, large())
    with closing(sqlite3.connect(disk / "log.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
    fill(disk)

    main(Action.delete)

    assert is_writable(log, large())


def test_an_erasure_that_a_full_disk_keeps_in_a_file_is_not_called_done(log, disk, large, monkeypatch, record):
    monkeypatch.setenv("DECISION_LOG_URI", str(log.url))
    (disk / "ballast").write_bytes(bytes(6_000_000))
    assert is_writable(log, record(client_id="7", fields='{"NAME":"S3CRET"}'))
    while is_writable(log, large()):
        pass

    with pytest.raises(UserError, match=r"^log: .*full"):
        main(Action.erase, client="7", yes=True)
    free(disk, 6)
    main(Action.erase, client="7", yes=True)

    assert not any(b"S3CRET" in file.read_bytes() for file in disk.glob("log.db*"))
