"""Storage of studies: spellings of URLs, masked passwords, damaged files."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import optuna
import pytest

from steps.run.console import UserError
from steps.tuning import storage
from steps.tuning.storage import has_password, masked, open_storage
from testing.postgres import fresh_database


@pytest.mark.parametrize(
    ("location", "shown", "secret"),
    [
        ("data/tuning.journal", "data/tuning.journal", False),
        ("postgresql://ann@host/db", "postgresql://ann@host/db", False),
        ("postgres://ann:s3cret@host:5433/db", "postgresql://ann:***@host:5433/db", True),
        ("postgresql+psycopg://ann:s3cret@host/db", "postgresql+psycopg://ann:***@host/db", True),
        ("postgresql://host/db?user=ann&password=s3cret", "postgresql://host/db", True),
    ],
)
def test_a_place_is_shown_without_its_password(location, shown, secret):
    assert masked(location) == shown
    assert has_password(location) is secret
    assert "s3cret" not in masked(location)


def test_a_database_that_cannot_be_reached_is_told_without_its_password():
    with pytest.raises(UserError, match=r"storage: postgresql://ann:\*\*\*@127.0.0.1:1/db cannot be") as error:
        open_storage("postgresql://ann:s3cret@127.0.0.1:1/db")

    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "location", ["postgresql://host:port/db", "nothing://host/db", "://", "postgresql:ann:s3cret@host/db"]
)
def test_a_url_that_is_none_is_refused(location):
    with pytest.raises(UserError, match="storage: "):
        open_storage(location)


@pytest.mark.parametrize("location", ["sqlite:///studies.db", "sqlite+pysqlite:///studies.db", "sqlite://"])
def test_sqlite_is_refused_with_what_to_use_instead(location, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UserError, match=r"^storage: expected a journal file, .*, or a URL of PostgreSQL, got SQLite"):
        open_storage(location)

    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ann,\nthis is no journal")

    with pytest.raises(UserError, match="is not a journal of studies"):
        open_storage(str(letter))

    assert letter.read_text() == "Dear Ann,\nthis is no journal"


def test_a_binary_file_is_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"\xff\xfe\n")

    with pytest.raises(UserError, match="is not a journal of studies"):
        open_storage(str(tmp_path / "model.bin"))


def test_another_error_of_a_value_is_not_taken_for_a_file_of_another_kind(tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("a bug")

    monkeypatch.setattr(storage, "JournalStorage", fail)

    with pytest.raises(ValueError, match="a bug"):
        open_storage(str(tmp_path / "journal"))


def test_a_line_that_a_crash_left_unfinished_costs_no_finished_trial(tmp_path):
    file = tmp_path / "journal"
    study = optuna.create_study(study_name="mine", storage=open_storage(str(file)))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    with file.open("a") as journal:
        journal.write('{"op_code":4,"worker_id":"')

    again = optuna.load_study(study_name="mine", storage=open_storage(str(file)))
    again.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)

    assert len(optuna.load_study(study_name="mine", storage=open_storage(str(file))).trials) == 3


@pytest.mark.slow
def test_all_who_open_a_new_database_at_the_same_moment_can_use_it(postgres_running):
    for _ in range(20):
        url, together = fresh_database(postgres_running), Barrier(4)

        def begin(number: int, url=url, together=together) -> str:
            together.wait(60)
            storage = open_storage(url)
            try:
                return optuna.create_study(study_name=str(number), storage=storage).study_name
            finally:
                storage.engine.dispose()  # 80 storages' connections would fill the server that other tests use, too

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(begin, range(4))) == ["0", "1", "2", "3"]
