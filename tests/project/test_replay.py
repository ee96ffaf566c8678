"""Real versions on real decisions: the same bits, another policy, the gate's check, and a challenger in the shadow."""

import os
import signal
import time
from contextlib import AbstractContextManager, closing
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import psutil
import pytest
from sqlalchemy import create_engine, make_url, select

from custom_model.costs import Costs
from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import shadow_decisions
from steps.promote import Request as Promotion
from steps.promote import promote
from steps.replay import Request, Under, replay
from steps.run.console import UserError
from steps.run.policy import ReplayBounds
from steps.run.settings import Settings
from steps.tables.home_credit import ID
from steps.traffic.recorded import Span
from testing.forked import run_forked
from testing.forked_running import Running, running
from testing.processes import assert_ended
from tests.conftest import MODEL

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_commands")]
SHOWN = 300  # seconds until what is waited for counts as never coming: a busy machine is slow


@pytest.fixture(scope="module")
def log_uri(champion, complete: pd.DataFrame, tmp_path_factory) -> str:
    """A log of 600 decisions by the champion with its own code: as tables, and as rows in JSON."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('log') / 'decisions.db'}"
    decide(uri, complete.head(600), tmp_path_factory.mktemp("served"))
    return uri


def decide(uri: str, clients: pd.DataFrame, folder: Path) -> None:
    """Put decisions on record as a server does, in a process of its own."""
    clients.to_parquet(folder / "clients.parquet")
    script = (
        "import mlflow, pandas as pd, sys\n"
        f"model = mlflow.pyfunc.load_model('models:/{MODEL}@champion').unwrap_python_model()\n"
        "table = pd.read_parquet(sys.argv[1]); half = len(table) // 2\n"
        "model.predict(None, table.iloc[:half])\n"
        "rest = table.iloc[half:].astype(object)\n"
        "rows = rest.where(rest.notna(), None).to_dict(orient='records')\n"
        f"model.predict(None, [{{**row, '{ID}': int(row['{ID}'])}} for row in rows])\n"
    )
    ended = run_forked("-c", script, folder / "clients.parquet", DECISION_LOG_URI=uri)
    assert ended.returncode == 0, ended.stderr


def report_of(run: mlflow.entities.Run) -> dict:
    return mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/report.json")


def last_run(step: str) -> mlflow.entities.Run:
    (run,) = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.step = '{step}'", max_results=1, output_format="list"
    )
    return run


def test_the_champion_decides_its_own_traffic_with_the_same_bits_of_tables_and_of_rows(champion, log_uri, policy):
    report = replay("", Under.own, Request(Span(MODEL), log_uri), Settings(), policy)

    assert report.facts.requests == 600
    assert report.facts.own.decisions == 600
    assert report.facts.own.is_same
    assert report.contract.refused == 0
    assert report.approvals.change.value == 0
    assert report.scores.same == 600
    run = last_run("replay")
    assert run.data.metrics["replay_requests"] == 600
    assert report_of(run)["facts"]["own"]["same_probability"] == 600
    page = Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/report.html")).read_text("utf-8")
    assert "bit for bit" in page


def test_todays_policy_decides_by_its_costs_and_registers_nothing(champion, log_uri, policy):
    dearer = policy.model_copy(update={"costs": Costs(false_negative=30, false_positive=1)})
    versions = len(mlflow.MlflowClient().search_model_versions(f"name = '{MODEL}'"))

    report = replay("", Under.today, Request(Span(MODEL), log_uri), Settings(), dearer)

    with closing(Records.open(make_url(log_uri))) as records:
        rows = records.latest(window(), 1_000)
    between = [row for row in rows if row["decision"] == "granted" and row["probability_of_default"] >= 1 / 31]
    assert len(between) > 20
    assert report.approvals.moved["granted"]["refused"] == len(between)
    assert report.facts.own.decisions == 0  # the candidate is no version on record
    assert report.swap_set.cost_change.high < 0  # by the new costs the new threshold is cheaper
    assert len(mlflow.MlflowClient().search_model_versions(f"name = '{MODEL}'")) == versions


def test_without_decisions_in_the_window_the_command_says_so(champion, log_uri, tmp_path):
    command = ["-m", "steps.replay", "--model-name", MODEL, "--since", "2100-01-01", "--log", log_uri]

    ended = run_forked(*command)

    assert ended.returncode == 2
    assert "no decision of credit-scoring whose request is on record" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("bound", "least", "passed"), [(0.05, 100, True), (0.05, 1_000, False)])
def test_the_gate_asks_the_traffic_where_the_policy_does(
    champion, table, policy, log_uri, monkeypatch, capsys, bound, least, passed
):
    bounds = ReplayBounds(days=30, least_decisions=least, largest_change_of_approval=bound)
    asking = policy.model_copy(update={"promotion": policy.promotion.model_copy(update={"replay": bounds})})
    monkeypatch.setenv("DECISION_LOG_URI", log_uri)
    # The champion itself is not judged again: a copy of it is another version.
    copy = mlflow.register_model(champion.uri, MODEL)

    promote(table, MODEL, Settings(), asking, str(copy.version), request=Promotion(dry_run=True))

    printed = capsys.readouterr().out
    assert f"{'passed' if passed else 'FAILED'}: replay: +0.0% (+0.0% to +0.0%) granted on 600 decisions" in printed
    mlflow.MlflowClient().delete_model_version(MODEL, copy.version)


def test_without_a_log_the_gate_leaves_the_traffic_out_and_says_so(champion, table, policy, monkeypatch, capsys):
    bounds = ReplayBounds(days=30, least_decisions=100, largest_change_of_approval=0.05)
    asking = policy.model_copy(update={"promotion": policy.promotion.model_copy(update={"replay": bounds})})
    monkeypatch.delenv("DECISION_LOG_URI", raising=False)
    copy = mlflow.register_model(champion.uri, MODEL)

    promote(table, MODEL, Settings(), asking, str(copy.version), request=Promotion(dry_run=True))

    assert "there is no decision log: DECISION_LOG_URI is not set" in capsys.readouterr().out
    mlflow.MlflowClient().delete_model_version(MODEL, copy.version)


@pytest.fixture
def own_log(champion, complete, tmp_path) -> str:
    """A log of 400 decisions for one test."""
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    decide(uri, complete.head(400), tmp_path)
    return uri


def shadows(uri: str) -> list:
    engine = create_engine(uri)
    try:
        with engine.connect() as connection:
            return connection.execute(select(shadow_decisions).order_by(shadow_decisions.c.place)).all()
    finally:
        engine.dispose()


def following(uri: str) -> AbstractContextManager[Running]:
    return running("-m", "steps.replay", "--model-name", MODEL, "--follow", "true", "--log", uri)


def wait_for(uri: str, rows: int, process: Running) -> None:
    deadline = time.monotonic() + SHOWN
    while len(shadows(uri)) < rows:
        assert process.poll() is None
        assert time.monotonic() < deadline, "the shadow stands still"
        time.sleep(0.05)


def test_a_shadow_that_is_killed_goes_on_and_every_decision_is_there_once(own_log):
    with closing(Records.open(make_url(own_log))):
        pass  # it has its tables
    with following(own_log) as process:
        wait_for(own_log, 100, process)
        deciding = [os.pidfd_open(child.pid) for child in psutil.Process(process.pid).children()]
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(deciding) == 1
    assert_ended(deciding)
    left = len(shadows(own_log))
    assert left % 100 == 0  # whole transactions

    with following(own_log) as process:
        wait_for(own_log, 400, process)
        process.send_signal(signal.SIGTERM)
        process.wait(SHOWN)

    rows = shadows(own_log)
    assert [row.place for row in rows] == [*range(1, 401)]
    assert len({row.decision_id for row in rows}) == 400
    with closing(Records.open(make_url(own_log))) as records:
        then = {row["decision_id"]: row["probability_of_default"] for row in records.latest(window(), 1_000)}
    assert np.array_equal([row.probability_of_default for row in rows], [then[row.decision_id] for row in rows])
    assert rows[-1].compared == 400
    assert (rows[-1].total, rows[-1].log_cheaper, rows[-1].log_dearer) == (0, 0, 0)  # the champion beside itself


def test_a_model_of_another_lender_has_no_traffic_here(champion, own_log, policy):
    with pytest.raises(UserError, match="nobody has no versions"):
        replay("", Under.own, Request(Span("nobody"), own_log), Settings(), policy)
