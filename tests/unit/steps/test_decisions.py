"""The command for decisions on record."""

import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog, reader
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import migrate as migrate_to
from custom_model.decision_log.reader import BATCH, Records, window
from custom_model.identifiers import uuid7
from steps.decisions import Action, Force, log_url, main
from steps.run.console import UserError
from steps.stores.decision_export import export

YEAR_AGO = datetime.now(UTC) - timedelta(days=365)


@pytest.fixture
def log(tmp_path, monkeypatch) -> DecisionLog:
    """The log in DECISION_LOG_URI."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    monkeypatch.setenv("DECISION_LOG_URI", url)
    log = DecisionLog(make_url(url))
    yield log
    log.close()


def put(log: DecisionLog, count: int = 1, **columns: object) -> list[str]:
    """Put decisions on record, with these columns changed; return their ids."""
    rows = [
        {
            "decision_id": str(uuid7()), "decided_at": datetime.now(UTC), "client_id": "100002",
            "model_name": "credit-scoring", "model_version": "1", "model_run": "0a1b", "contract": "c0ffee",
            "threshold": 1 / 11, "threshold_source": "policy", "cost_false_negative": 10.0, "cost_false_positive": 1.0,
            "probability_of_default": 0.25, "decision": "refused", "reasons": '[{"code":"INCOME"}]',
            "unknown_categories": "[]", "history": "none", "history_version": None,
            "fields": '{"AMT_CREDIT":406597.5,"NAME":"\\ud83d\\ude00"}', "history_fields": None, "latency_ms": 1.5,
            "erased_at": None, **columns,
        }
        for _ in range(count)
    ]  # fmt: skip
    log.submit(rows).result(30)
    return [row["decision_id"] for row in rows]


def test_one_decision_is_shown_as_json_with_its_fields(log, capsys):
    (decision_id,) = put(log)
    put(log, 3)

    main(Action.show, id=decision_id)

    record = json.loads(capsys.readouterr().out)
    assert record["decision_id"] == decision_id
    assert record["probability_of_default"] == 0.25
    assert record["fields"]["AMT_CREDIT"] == 406597.5
    assert record["reasons"] == [{"code": "INCOME"}]


@pytest.mark.parametrize(
    ("action", "options", "message"),
    [
        (Action.show, {}, "id: expected the decision_id of a decision"),
        (Action.show, {"id": "nobody's"}, "no decision nobody's is on record"),
        (Action.erase, {}, "client: expected the id of the client whose fields to erase"),
        (Action.delete, {"retention_days": 183}, "expected at least 184, .*, got 183"),
        (Action.list, {"since": "yesterday"}, "since: expected a day such as 2026-01-31"),
        (Action.list, {"log": "sqlite:////no/such/log.db"}, "found no file /no/such/log.db"),
    ],
)
def test_an_error_states_what_was_expected(log, action, options, message):
    put(log)

    with pytest.raises(UserError, match=message):
        main(action, **options)


def test_without_a_log_the_error_names_its_variable(monkeypatch):
    monkeypatch.delenv("DECISION_LOG_URI", raising=False)

    with pytest.raises(UserError, match="expected the URL of a decision log in --log or DECISION_LOG_URI"):
        main(Action.list)


def test_a_file_that_is_no_database_is_an_error_without_a_traceback(tmp_path):
    (tmp_path / "log.db").write_text("not a database, but long enough to pass for one" * 100)

    with pytest.raises(UserError, match="cannot be used as a decision log: file is not a database"):
        main(Action.list, log=f"sqlite:///{tmp_path / 'log.db'}")


def test_a_database_without_a_log_is_an_error_and_left_unchanged(tmp_path):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
        connection.commit()

        with pytest.raises(UserError, match=r"other\.db has no decision log"):
            main(Action.list, log=f"sqlite:///{other}")

        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


@pytest.mark.parametrize("out", ["file/decisions.parquet", "folder"])
def test_a_file_that_cannot_be_written_is_named(log, tmp_path, out):
    put(log)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(UserError, match=rf"out: {tmp_path / out} cannot be written: "):
        main(Action.export, out=tmp_path / out)

    assert {path.name for path in tmp_path.rglob("*") if not path.name.startswith("log.db")} == {"file", "folder"}


def test_in_a_run_of_mlflow_a_warning_says_that_the_client_is_a_parameter(log, monkeypatch, capsys):
    put(log)
    main(Action.list, client="7")
    assert "warning" not in capsys.readouterr().err

    monkeypatch.setenv("MLFLOW_RUN_ID", "0a1b")
    main(Action.list, client="7")

    assert "MLflow logs `client` as a parameter of this run" in capsys.readouterr().err


def test_the_command_itself_logs_no_run(log, tracking, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    put(log, client_id="7")
    client = MlflowClient(tracking)
    experiments = [each.experiment_id for each in client.search_experiments()]
    before = len(client.search_runs(experiments))

    main(Action.list, client="7")
    main(Action.erase, client="7", yes=True)

    assert "client 7" in capsys.readouterr().out
    assert [each.experiment_id for each in client.search_experiments()] == experiments
    assert len(client.search_runs(experiments)) == before


def test_a_clients_decisions_are_listed_one_a_line(log, capsys):
    mine = put(log, 3, client_id="7")
    put(log, 2)

    main(Action.list, client="7", most=2)

    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 2
    assert all(any(each in line for each in mine) for line in output.out.splitlines())
    assert "credit-scoring/1" in output.out
    assert "2 of 3 decisions" in output.err


def test_ids_with_newlines_and_escape_sequences_are_printed_escaped_one_decision_a_line(log, capsys):
    hostile = "7\nforged line\x1b[2J\x9b1m\u202e\u2028end\x7f"
    put(log, client_id=hostile, model_name="a\x1bb", fields='{"A\\u001b[2JMT":"x\\u007f"}')
    (decision_id,) = (line.split()[2] for line in listed(capsys))

    main(Action.show, id=decision_id)
    main(Action.erase, client=hostile, yes=True)

    output = capsys.readouterr()
    assert_printable(output.out + output.err)
    assert r"client 7\nforged line\x1b[2J\x9b1m\u202e\u2028end\x7f: 1 decision" in output.err
    assert r"A\x1b[2JMT" in output.err
    assert "erased the fields of 1 decision;" in output.out


def listed(capsys) -> list[str]:
    """The lines of `list`, which are printable."""
    main(Action.list)
    output = capsys.readouterr().out
    assert_printable(output)
    return output.splitlines()


def assert_printable(text: str) -> None:
    assert [each for each in text if not each.isprintable() and each != "\n"] == []


def test_a_blank_id_of_an_older_model_is_listed_and_erased_and_no_other(log, capsys):
    put(log, client_id="", fields='{"NAME":"S3CRET"}')
    put(log, client_id=" ")
    put(log, client_id=None)
    put(log)

    main(Action.list, client="")
    (line,) = capsys.readouterr().out.splitlines()
    main(Action.erase, client="", yes=True)
    output = capsys.readouterr()

    assert line.endswith('client ""')
    assert 'client "": 1 decision from' in output.err
    assert output.out.startswith("erased the fields of 1 decision;")
    with closing(Records.open(log_url(""))) as records:
        assert [row["client_id"] for row in records.latest(window(), 9) if row["erased_at"]] == [""]


def test_under_mlflow_run_an_empty_client_is_none_since_mlproject_always_passes_one(log, monkeypatch, capsys):
    put(log, 3)
    monkeypatch.setenv("MLFLOW_RUN_ID", "0a1b")

    main(Action.list, client="")
    with pytest.raises(UserError, match="client: expected the id of the client whose fields to erase"):
        main(Action.erase, client="", yes=True)

    assert "3 of 3 decisions" in capsys.readouterr().err


def test_a_window_is_exported_to_parquet_whole_and_typed(log, tmp_path):
    put(log, 4, decided_at=YEAR_AGO)
    inside = put(log, BATCH + 1)
    out = tmp_path / "new" / "window.parquet"

    main(Action.export, since=f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}", out=out)

    table = pd.read_parquet(out)
    assert sorted(table["decision_id"]) == sorted(inside)
    assert str(table["decided_at"].dtype) == "datetime64[us, UTC]"
    assert table["probability_of_default"].tolist() == [0.25] * len(inside)
    assert json.loads(table["fields"].iloc[0]) == {"AMT_CREDIT": 406597.5, "NAME": "😀"}
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.slow
def test_two_exports_to_one_path_at_once_both_succeed_and_leave_one_whole_file(log, tmp_path):
    put(log, BATCH + 1)
    out = tmp_path / "out" / "window.parquet"

    class Meanwhile(Records):
        """Records that export to the same path themselves, between the first rows and the rest."""

        def oldest_first(self, where):
            first, *rest = super().oldest_first(where)
            yield first
            with closing(Records.open(log_url(""))) as others:
                assert export(others, out, None, None) == BATCH + 1
            yield from rest

    with closing(Meanwhile.open(log_url(""))) as records:
        assert export(records, out, None, None) == BATCH + 1

    assert pq.read_table(out).num_rows == BATCH + 1
    assert list(out.parent.iterdir()) == [out]


def test_an_empty_window_is_an_empty_table_with_all_columns(log, tmp_path):
    put(log)

    main(Action.export, until="2020-01-01", out=tmp_path / "none.parquet")

    table = pq.read_table(tmp_path / "none.parquet")
    assert len(table) == 0
    assert "probability_of_default" in table.schema.names


def test_a_clients_fields_are_erased_and_the_decision_stays(log, capsys):
    (erased,) = put(log, client_id="7")
    put(log, client_id="8")

    main(Action.erase, client="7", yes=True)
    main(Action.show, id=erased)

    output = capsys.readouterr().out
    assert "erased the fields of 1 decision;" in output.splitlines()[0]
    record = json.loads(output.split("\n", 1)[1])
    assert record["fields"] is None
    assert record["erased_at"] is not None
    assert record["probability_of_default"] == 0.25


def test_an_erasure_without_a_terminal_needs_a_yes_and_previews_what_it_would_delete(log, capsys):
    put(log, 2, client_id="7", decided_at=YEAR_AGO)
    put(log, client_id="7", history_fields='{"BUREAU":1.5}')

    with pytest.raises(UserError, match="here is no terminal to ask on: --yes erases without a question"):
        main(Action.erase, client="7")

    preview = capsys.readouterr().err
    assert f"client 7: 3 decisions from {YEAR_AGO:%Y-%m-%d} to {datetime.now(UTC):%Y-%m-%d}" in preview
    assert "AMT_CREDIT, NAME, BUREAU" in preview
    assert "stays    the client's id, the decision with its numbers and reasons" in preview
    assert "406597" not in preview
    with closing(Records.open(log_url(""))) as records:
        assert records.erasable("7").decisions == 3


@pytest.mark.parametrize(("typed", "erased"), [("y\n", 1), ("yes\n", 1), ("n\n", 0), ("\n", 0), ("", 0)])
def test_on_a_terminal_only_a_yes_erases(log, capsys, monkeypatch, typed, erased):
    put(log, client_id="7")
    terminal = io.StringIO(typed)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)

    main(Action.erase, client="7")

    output = capsys.readouterr()
    assert "This cannot be undone. [y/N]" in output.err
    assert output.out.startswith("erased the fields of 1 decision" if erased else "nothing was erased")
    with closing(Records.open(log_url(""))) as records:
        assert records.erasable("7").decisions == 1 - erased


def test_of_many_fields_the_preview_names_some_and_counts_the_others(log, capsys):
    put(log, client_id="7", fields=json.dumps({f"F{number}": 1 for number in range(600)}))

    main(Action.erase, client="7", confirm=Force.yes)

    assert "F0, F1, " in (preview := capsys.readouterr().err)
    assert "F11 and 588 more" in preview


def test_a_client_without_fields_on_record_is_erased_without_a_question(log, capsys):
    put(log, client_id="7")

    main(Action.erase, client="8")

    output = capsys.readouterr()
    assert "client 8: no decision has fields to erase" in output.err
    assert output.out.startswith("erased the fields of 0 decisions")


def test_migrate_creates_the_log_that_other_commands_need(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'new.db'}"

    main(Action.migrate, log=url)
    main(Action.migrate, log=url)
    main(Action.list, log=url)

    created, unchanged = capsys.readouterr().out.splitlines()
    assert created.startswith("created the decision log in sqlite:///")
    assert "already" in unchanged


def test_migrate_brings_an_older_log_up_to_date(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    migrate_to(writing_engine(make_url(url), 5), "0002")

    main(Action.migrate, log=url)

    assert "from revision 0002 to 0" in capsys.readouterr().out


def test_migrate_names_a_missing_folder(tmp_path):
    with pytest.raises(UserError, match=f"log: found no folder {tmp_path / 'none'}"):
        main(Action.migrate, log=f"sqlite:///{tmp_path / 'none' / 'log.db'}")


def test_while_another_process_reads_the_error_says_that_a_file_still_has_the_fields(log, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "PATIENCE", 0.01)
    put(log, client_id="7", fields='{"NAME":"S3CRET"}')
    with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM decisions").fetchall()
        with pytest.raises(UserError, match="erase again once that process has ended"):
            main(Action.erase, client="7", yes=True)

    main(Action.erase, client="7", yes=True)

    assert not any(b"S3CRET" in file.read_bytes() for file in tmp_path.iterdir())


def test_decisions_older_than_the_retention_are_deleted(log, capsys):
    put(log, 3, decided_at=YEAR_AGO)
    put(log, 2)

    main(Action.delete)
    main(Action.list)

    assert capsys.readouterr().out.startswith("deleted 3 decisions from before")


def test_less_than_six_months_are_deleted_only_when_forced(log, capsys):
    put(log, 2, decided_at=datetime.now(UTC) - timedelta(days=100))

    main(Action.delete, retention_days=90, force=Force.yes)

    assert capsys.readouterr().out.startswith("deleted 2 decisions")
