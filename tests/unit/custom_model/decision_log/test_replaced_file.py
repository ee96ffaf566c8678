"""A log whose SQLite file is removed or replaced while it is open: durable under its name, and nothing is damaged."""

import contextlib
import multiprocessing
import os
import queue
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from custom_model.databases import dialect_of, sqlite
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.answers import RequestKey
from custom_model.decision_log.reader import Records
from custom_model.errors import Unavailable
from custom_model.identifiers import uuid7
from tests.crash import ids_after_crash

PATIENT = 30.0  # seconds; only a failing test waits that long


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


@pytest.fixture
def file(folder) -> Path:
    return folder / "log.db"


@pytest.fixture
def logs(file):
    """Two logs on the file, as of two workers."""
    logs = [DecisionLog(make_url(f"sqlite:///{file}")) for _ in range(2)]
    yield logs
    for log in logs:
        log.close()


def put(log: DecisionLog, record, count: int = 1) -> list[str]:
    """Put records in the log one by one; return the ids of those that it says are durable."""
    durable = []
    for _ in range(count):
        new = record(fields=f'{{"NAME":"{os.urandom(2_000).hex()}"}}')
        try:
            log.submit([new]).result(PATIENT)
        except Unavailable:
            continue
        durable.append(new["decision_id"])
    return durable


def backup(file: Path, to: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return ids_after_crash(to)


def remove_all(file: Path) -> None:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()


def restore(file: Path) -> None:
    (file.parent / "backup.db").rename(file)


def rename(file: Path) -> None:
    file.rename(file.with_name("old.db"))


def rename_and_restore(file: Path) -> None:
    rename(file)
    restore(file)


def remove_all_and_restore(file: Path) -> None:
    remove_all(file)
    restore(file)


def rename_all(file: Path) -> None:
    for each in list(file.parent.glob(f"{file.name}*")):
        each.rename(each.with_name(each.name.replace("log.db", "old.db")))


@pytest.mark.parametrize(
    "change", [remove_all, Path.unlink, restore, rename, rename_and_restore, remove_all_and_restore, rename_all]
)
def test_after_the_file_is_removed_or_replaced_all_that_is_durable_is_in_the_file_of_the_name(
    logs, file, record, change, caplog
):
    before = put(logs[0], record, 20)
    kept = backup(file, file.parent / "backup.db")
    before += [*put(logs[1], record, 20), *put(logs[0], record, 5)]
    assert len(before) == 45

    change(file)
    after = [each for _ in range(10) for log in logs for each in put(log, record)]

    assert len(after) == 18  # each of the two withholds one, then opens the file of the name
    restored = kept if "restore" in change.__name__ else set()
    assert ids_after_crash(file) == restored | set(after)
    if file.with_name("old.db").exists():
        assert set(before) <= ids_after_crash(file.with_name("old.db"))  # renamed, it is whole without its -wal
    assert [each.levelname for each in caplog.records].count(
        "ERROR"
    ) == 4  # what happened, and what it means for requests
    assert "removed or replaced while it was open" in caplog.text


@pytest.mark.parametrize("names", [["-wal"], ["-shm"], ["-wal", "-shm"]], ids="+".join)
def test_after_the_files_companions_are_removed_nothing_durable_is_lost(logs, file, record, names):
    before = [*put(logs[0], record, 20), *put(logs[1], record, 20)]

    for name in names:
        Path(f"{file}{name}").unlink()
    after = [each for _ in range(10) for log in logs for each in put(log, record)]

    assert len(after) >= 14
    assert ids_after_crash(file) == {*before, *after}


@pytest.mark.parametrize("is_checkpointed", [False, True])
@pytest.mark.parametrize("then", [remove_all, restore, rename_all])
def test_a_file_that_is_emptied_withholds_all_until_another_has_its_name(
    logs, file, record, is_checkpointed, then, caplog
):
    before = [*put(logs[0], record, 20), *put(logs[1], record, 20)]
    kept = backup(file, file.with_name("backup.db"))
    if is_checkpointed:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    os.truncate(file, 0)
    withheld = [each for _ in range(3) for log in logs for each in put(log, record)]
    found = [is_found(log, "order-66") for log in logs]
    size = file.stat().st_size
    then(file)
    after = [each for _ in range(5) for log in logs for each in put(log, record)]

    assert (len(before), withheld, found, size) == (40, [], [None, None], 0)
    assert "was emptied while it was open: nothing is recorded until it is removed" in caplog.text
    assert len(after) >= 8
    assert ids_after_crash(file) == (kept if then is restore else set()) | set(after)


def test_a_file_that_is_emptied_and_written_to_stays_out_of_use_and_as_it_is(logs, file, record):
    put(logs[0], record, 20)
    backup(file, file.with_name("backup.db"))
    content = file.with_name("backup.db").read_bytes()
    put(logs[0], record, 20)

    os.truncate(file, 0)
    assert put(logs[0], record) == []
    file.write_bytes(content)
    withheld = put(logs[0], record, 3)
    logs[0].close()

    assert withheld == []
    assert file.read_bytes() == content


def test_a_log_that_is_closed_after_its_file_was_emptied_writes_nothing_into_it(file, record):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    put(log, record, 20)
    log.find_answer("order-66")

    os.truncate(file, 0)
    log.close()

    assert file.stat().st_size == 0


def test_a_log_that_is_opened_on_a_file_that_was_emptied_under_another_withholds(logs, file, record):
    put(logs[0], record, 20)

    os.truncate(file, 0)

    assert put(logs[1], record, 3) == []
    assert file.stat().st_size == 0


def test_a_commit_into_a_file_that_is_emptied_meanwhile_is_not_durable(file, record):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    put(log, record)

    def commit() -> None:
        with dialect_of(log.url).transaction(log._engine) as connection:
            connection.exec_driver_sql("UPDATE decisions SET latency_ms = 2")
            os.truncate(file, 0)

    with pytest.raises(OperationalError, match="emptied"):
        commit()
    log.close()
    assert file.stat().st_size == 0


def test_without_a_write_ahead_log_a_file_that_is_replaced_is_noticed_too(file, record, monkeypatch):
    monkeypatch.setattr(sqlite, "WRITE_AHEAD", "PRAGMA journal_mode = DELETE")  # as where no memory can be shared
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    before = put(log, record, 5)
    kept = backup(file, file.with_name("backup.db"))

    restore(file)
    after = put(log, record, 5)
    log.close()

    assert (len(before), len(after)) == (5, 4)
    assert ids_after_crash(file) == kept | set(after)


@pytest.fixture
def reader(file, logs, record):
    """A connection with a snapshot of a log's file: what is committed later stays in the write-ahead log."""
    put(logs[0], record, 5)
    with closing(sqlite3.connect(file, check_same_thread=False, isolation_level=None)) as connection:
        read(connection)
        yield connection


@pytest.mark.parametrize("leave", [put, lambda log, _: log.close()], ids=["write", "close"])
def test_a_file_that_is_renamed_while_another_reads_it_is_whole_once_that_has_read(logs, file, record, reader, leave):
    before = put(logs[0], record, 10)
    end = threading.Timer(0.5, reader.execute, ["ROLLBACK"])

    rename(file)
    end.start()
    leave(logs[0], record)
    end.join()

    assert set(before) < ids_after_crash(file.with_name("old.db"))


def test_a_file_that_is_emptied_stays_so_where_its_companions_are_removed_at_once(logs, file, record, caplog):
    put(logs[0], record, 20)

    os.truncate(file, 0)
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").unlink()

    assert put(logs[0], record, 3) == []
    assert file.stat().st_size == 0
    assert "was emptied while it was open" in caplog.text


def test_without_a_write_ahead_log_readers_in_turn_do_not_keep_a_record_out(file, record, monkeypatch):
    monkeypatch.setattr(sqlite, "WRITE_AHEAD", "PRAGMA journal_mode = DELETE")  # as where no memory can be shared
    log = DecisionLog(make_url(f"sqlite:///{file}"), wait=2.0)
    put(log, record)
    readers = [sqlite3.connect(file, timeout=1, isolation_level=None) for _ in range(2)]

    read(readers[0])
    durable = log.submit([record()])
    with contextlib.suppress(sqlite3.OperationalError):  # the writer keeps new readers out until the last has read
        while not durable.done():
            read(readers[1])
            readers[0].execute("ROLLBACK")
            readers.reverse()
            time.sleep(0.01)
    for each in readers:
        each.close()

    durable.result(PATIENT)
    log.close()


def read(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM decisions").fetchone()


def test_a_link_that_is_pointed_elsewhere_leaves_both_files_whole(folder, record):
    link = folder / "log.db"
    link.symlink_to(folder / "first.db")
    log = DecisionLog(make_url(f"sqlite:///{link}"))
    first = put(log, record, 5)

    link.unlink()
    link.symlink_to(folder / "second.db")
    second = put(log, record, 5)
    log.close()

    assert len(second) == 4
    assert (ids_after_crash(folder / "first.db"), ids_after_crash(folder / "second.db")) == (set(first), set(second))


def test_a_folder_that_is_renamed_withholds_until_one_of_its_name_is_there(folder, file, logs, record):
    before = put(logs[0], record, 5)

    folder.rename(folder.with_name("old"))
    assert put(logs[0], record, 3) == []
    folder.mkdir()
    after = put(logs[0], record, 3)

    assert ids_after_crash(file) == set(after)
    assert len(after) == 3
    assert ids_after_crash(folder.with_name("old") / "log.db") == set(before)


def test_a_log_that_is_closed_after_its_file_was_replaced_leaves_the_new_file_as_it_is(file, record):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    put(log, record, 20)
    backup(file, file.with_name("backup.db"))
    put(log, record, 20)
    content = file.with_name("backup.db").read_bytes()

    restore(file)
    log.close()

    assert file.read_bytes() == content
    assert not Path(f"{file}-wal").exists()
    assert len(ids_after_crash(file)) == 20


def test_a_backup_that_is_restored_through_sqlite_withholds_nothing_and_is_whole(logs, file, record):
    put(logs[0], record, 20)
    kept = backup(file, file.with_name("backup.db"))
    for log in logs:
        assert len(put(log, record, 20)) == 20

    with closing(sqlite3.connect(file.with_name("backup.db"))) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
    after = [each for _ in range(10) for log in logs for each in put(log, record)]

    assert len(after) == 20
    assert ids_after_crash(file) == kept | set(after)


def test_an_answer_by_key_is_not_read_from_a_file_that_was_removed(logs, file, record):
    rows = RequestKey("order-66", "f1").rows([{"client_id": 7}])
    logs[0].submit([record()], answer=rows).result(PATIENT)
    assert logs[0].find_answer("order-66") is not None

    remove_all(file)
    with pytest.raises(Unavailable):
        logs[0].find_answer("order-66")
    put(logs[0], record, 2)

    assert logs[0].find_answer("order-66") is None


def test_after_the_file_is_removed_requests_with_a_key_alone_are_enough_to_create_it_anew(logs, file, record):
    for log in logs:
        log.submit([record()], answer=RequestKey(f"order-{id(log)}", "f1").rows([{"client_id": 7}])).result(PATIENT)
        assert log.find_answer("order-67") is None

    remove_all(file)
    found = [[is_found(log, "order-66") for log in logs] for _ in range(4)]
    logs[0].submit([record()], answer=RequestKey("order-66", "f1").rows([{"client_id": 7}])).result(PATIENT)

    assert found[0] == [None, None]  # the connection was to the file that is gone
    assert found[2:] == [[False, False], [False, False]]
    assert [is_found(log, "order-66") for log in logs] == [True, True]
    assert len(ids_after_crash(file)) == 1


def is_found(log: DecisionLog, key: str) -> bool | None:
    """Whether the key has an answer, None where the log cannot be read."""
    try:
        return log.find_answer(key) is not None
    except Unavailable:
        return None


def test_an_erasure_in_a_file_that_was_replaced_is_an_error_and_not_done(file, record, logs):
    put(logs[0], record, 2)
    backup(file, file.with_name("backup.db"))
    records = Records.open(make_url(f"sqlite:///{file}"))

    restore(file)
    with pytest.raises(OperationalError, match="removed or replaced while it was open"):
        records.erase("100002")
    assert records.erase("100002") == 2
    records.close()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM decisions WHERE fields IS NULL").fetchone() == (2,)


def test_a_commit_into_a_file_that_lost_its_name_meanwhile_is_not_durable(file, record):
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    put(log, record)
    dialect = dialect_of(log.url)

    def commit() -> None:
        with dialect.transaction(log._engine) as connection:
            connection.exec_driver_sql("UPDATE decisions SET latency_ms = 2")
            remove_all(file)

    with pytest.raises(OperationalError, match="removed or replaced"):
        commit()
    log.close()


def write(uri: str, record: dict, until, durable) -> None:
    """A worker: records one decision after another, and tells those that are durable, with when they were submitted."""
    log = DecisionLog(make_url(uri))
    while not until.is_set():
        new, submitted = {**record, "decision_id": str(uuid7())}, time.monotonic()
        try:
            log.submit([new]).result(PATIENT)
        except Unavailable:
            continue
        durable.put((new["decision_id"], submitted))
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("change", [remove_all, Path.unlink, restore, rename_and_restore, remove_all_and_restore])
def test_under_load_of_several_processes_what_is_durable_after_the_change_is_in_the_file(file, record, change):
    forks = multiprocessing.get_context("forkserver")  # with the packages imported
    until, durable = forks.Event(), forks.Queue()
    workers = [forks.Process(target=write, args=(f"sqlite:///{file}", record(), until, durable)) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        before = [durable.get(timeout=60)[0] for _ in range(300)]
        kept = backup(file, file.with_name("backup.db"))
        more = [durable.get(timeout=60) for _ in range(200)]
        change(file)
        changed = time.monotonic()
        more += [durable.get(timeout=60) for _ in range(1_000)]
    finally:
        until.set()
        while any(worker.is_alive() for worker in workers):
            with contextlib.suppress(queue.Empty):
                more.append(durable.get(timeout=0.1))

    found = ids_after_crash(file)
    later = {each for each, submitted in more if submitted > changed}
    assert len(later) > 500
    assert later - found == set()
    assert set(before) <= kept
    if "restore" in change.__name__:
        assert kept <= found
