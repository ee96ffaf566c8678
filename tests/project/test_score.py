"""A portfolio's decisions: the endpoint's, in one file, by a scoring that goes on after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import mlflow
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from sqlalchemy import create_engine, text

from steps.portfolio import scoring
from steps.portfolio.journal import folder_of
from steps.portfolio.tasks import Task
from steps.publish import publish
from steps.run.console import UserError
from steps.run.settings import PROJECT, Settings
from steps.score import Reasons, Request, score
from steps.traffic.deciding import contract_of
from testing.forked import run_forked
from testing.forked_running import Running, running

pytestmark = pytest.mark.slow

PATIENCE = 300  # seconds for a scoring to come to the moment of its end
CHAMPION = "models:/credit-scoring@champion"
UNIQUE = {"decision_id", "recorded", "expected_cost_referred", "score"}  # the last two: null without such a policy


@pytest.fixture(scope="module")
def decisions(champion, table, tmp_path_factory) -> pa.Table:
    """The decisions on all clients of the feature table."""
    out = tmp_path_factory.mktemp("scored") / "decisions.parquet"
    assert score(CHAMPION, Request(str(table.path), out), Settings())
    assert not folder_of(out).exists()
    return pq.read_table(out)


def test_decisions_are_those_of_the_endpoint(decisions, server, applications):
    answer = requests.post(f"{server}/invocations", json={"inputs": applications}, timeout=60).json()

    by_client = {row["client_id"]: row for row in decisions.to_pylist()}
    outcomes = set()
    for decision in answer["predictions"]:
        made = by_client[decision["client_id"]]
        outcomes.add(decision["decision"])
        for name in decision.keys() - UNIQUE:
            assert made[name] == decision[name], name
    assert outcomes == {"granted", "refused"}


def test_each_client_has_a_row_in_the_order_of_the_data_with_a_decision_or_its_problems(decisions, table):
    assert decisions["client_id"].to_pylist() == pq.read_table(table.path)["SK_ID_CURR"].to_pylist()
    for row in decisions.to_pylist():
        assert bool(row["problems"]) == (row["decision"] is None) == (row["probability_of_default"] is None)
    assert len(set(decisions["decision_id"].drop_null().to_pylist())) == decisions[
        "decision"
    ].is_valid().to_pylist().count(True)


def test_the_run_has_the_counts(decisions):
    (run, *_) = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.step = 'score'", output_format="list"
    )

    counts = [run.data.metrics[name] for name in ("granted", "refused", "referred", "undecided")]
    assert sum(counts) == len(decisions)
    assert run.data.metrics["approval_rate"] == counts[0] / sum(counts[:3])


def test_the_same_again_decides_nothing_and_another_scoring_does_not_replace_it(champion, table, tmp_path, capsys):
    request = Request(str(table.path), tmp_path / "out.parquet", reasons=Reasons.none)
    score(CHAMPION, request, Settings())
    before = request.out.read_bytes()
    assert "1 column of the data that the model does not have: not read: TARGET" in capsys.readouterr().out

    assert score(CHAMPION, request, Settings()).rows == len(pq.read_table(request.out))
    assert "nothing is decided again" in capsys.readouterr().out
    assert not folder_of(request.out).exists()
    with pytest.raises(UserError, match="is there already, of another scoring"):
        score(CHAMPION, Request(str(table.path), request.out, reasons=Reasons.all), Settings())
    assert request.out.read_bytes() == before


class Interrupted(Exception):
    """The end of a scoring, in a test."""


def test_a_scoring_that_ended_goes_on_and_records_nothing_twice(champion, table, tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_URI", postgres)
    request = Request(str(table.path), tmp_path / "out.parquet", reasons=Reasons.none, record=True)
    in_processes = scoring.in_processes

    def ending(model_uri: str, processes: int) -> scoring.Decide:
        def decide(orders: scoring.Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
            (*_,) = in_processes(model_uri, 1)(orders, tasks)
            scoring.part_of(orders.folder, 0).unlink()  # on record, and ended before its part was there
            raise Interrupted

        return decide

    with monkeypatch.context() as patch:
        patch.setattr("steps.score.in_processes", ending)
        with pytest.raises(Interrupted):
            score(CHAMPION, request, Settings())
    recorded = ids_on_record(postgres)
    with pytest.raises(UserError, match="of other reasons"):
        score(CHAMPION, Request(str(table.path), request.out, reasons=Reasons.all, record=True), Settings())
    score(CHAMPION, request, Settings())

    made = pq.read_table(request.out)
    assert sorted(ids_on_record(postgres)) == sorted(recorded) == sorted(made["decision_id"].drop_null().to_pylist())
    assert made["recorded"].to_pylist() == [id_ is not None for id_ in made["decision_id"].to_pylist()]


def ids_on_record(url: str) -> list[str]:
    with create_engine(url).connect() as connection:
        return list(connection.scalars(text("SELECT decision_id FROM decisions")))


def test_a_killed_scoring_goes_on_where_it_ended(champion, table, tmp_path):
    out, log = tmp_path / "out.parquet", f"sqlite:///{tmp_path / 'log.db'}"
    command = ("-m", "steps.score", "--data", table.path, "--out", out, "--record", "true")
    with running(*command, DECISION_LOG_URI=log) as first:
        wait_for_a_part(first, folder_of(out))
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()

    again = run_forked(*command, DECISION_LOG_URI=log)

    assert again.returncode == 0, again.stderr
    assert "goes on after " in again.stdout
    made = pq.read_table(out)
    assert made["client_id"].to_pylist() == pq.read_table(table.path)["SK_ID_CURR"].to_pylist()
    recorded = ids_on_record(log)
    assert len(recorded) == len(set(recorded))
    assert set(recorded) == set(made["decision_id"].drop_null().to_pylist())


def wait_for_a_part(scoring: Running, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not any(folder.glob("part-*.parquet")):
        assert scoring.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def store(table, tmp_path, monkeypatch) -> None:
    """A history store with the clients' past loans, for the processes that decide."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    publish(str(table.path), Settings(), url)
    monkeypatch.setenv("HISTORY_STORE_URI", url)


@pytest.mark.usefixtures("champion", "store")
def test_history_comes_from_the_store_where_the_data_has_none(decisions, sample_folder, tmp_path, capsys):
    applications = tmp_path / "applications"
    applications.mkdir()
    shutil.copy(next(sample_folder.glob("application_train.*")), applications)

    score(CHAMPION, Request(str(applications), tmp_path / "out.parquet", reasons=Reasons.none), Settings())

    made = pq.read_table(tmp_path / "out.parquet")
    from_store = made["history"].to_pylist().count("store")
    assert from_store > 0
    assert f"{from_store:,} from the history store" in capsys.readouterr().out
    assert made["probability_of_default"].to_pylist() == decisions["probability_of_default"].to_pylist()


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17 (Debian's openjdk-17-jre-headless)")
def test_two_executors_of_a_spark_cluster_make_the_same_decisions(champion, table, decisions, tmp_path):
    # Executors of a local cluster keep their logs in a folder of Spark's home.
    home = tmp_path / "spark"
    home.mkdir()
    for entry in Path(find_spec("pyspark").origin).parent.iterdir():
        (home / entry.name).symlink_to(entry)
    log, out = f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "decisions.parquet"
    command = [sys.executable, "-m", "steps.score", "--data", str(table.path), "--out", str(out)]
    places = {"SPARK_MASTER": "local-cluster[2,1,1024]", "SPARK_HOME": str(home), "DECISION_LOG_URI": log}

    # A process of its own: Spark's machine stays with the home that it began with.
    subprocess.run(
        [*command, "--engine", "spark", "--record", "true"], cwd=PROJECT, env={**os.environ, **places}, check=True
    )

    made, unique = pq.read_table(out), ["decision_id", "recorded"]
    assert made.drop_columns(unique).equals(decisions.drop_columns(unique))
    assert sorted(ids_on_record(log)) == sorted(made["decision_id"].drop_null().to_pylist())
    assert len([*home.glob("work/app-*/[01]")]) == 2


def test_a_record_needs_a_log(champion, table, tmp_path, monkeypatch):
    monkeypatch.delenv("DECISION_LOG_URI", raising=False)

    with pytest.raises(UserError, match="expected DECISION_LOG_URI"):
        score(CHAMPION, Request(str(table.path), tmp_path / "out.parquet", record=True), Settings())


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("models:/nobody@champion", "there is no registered model nobody: train one"),
        ("http://127.0.0.1:9/x", "is no address of a model"),
        ("models:/credit-scoring/latest/x", "cannot be loaded"),
    ],
)
def test_a_model_that_cannot_be_read_is_told_in_one_sentence(uri, problem, tmp_path):
    with pytest.raises(UserError, match=f"model_uri: .*{problem}") as error:
        score(uri, Request(str(tmp_path), tmp_path / "out.parquet"), Settings())

    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_data_of_another_lender_is_refused(champion, tmp_path):
    pq.write_table(pa.table({"SK_ID_CURR": [1], "AGE": [40.0]}), tmp_path / "a.parquet")
    portfolio = scoring.Portfolio(tmp_path / "a.parquet", "SK_ID_CURR", 1, "")

    with pytest.raises(UserError, match="which each application must have"):
        scoring.check_columns(portfolio, contract_of(CHAMPION))
