"""The command on real decisions: planted faults are found, windows go on, and nothing personal leaves the log."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from reference.pictures import CHROMIUM, DOCS, MONITORING_SHOTS, take
from steps.monitoring.report.evidently_page import PAGE as EVIDENTLY
from steps.monitoring.trend import find_trend
from steps.run.settings import PROJECT
from steps.sample import write_sample
from steps.tables.home_credit import ID
from testing.forked import run_forked
from testing.forked_running import Running, running
from tests.conftest import MODEL

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_commands")]
SHOWN = 300  # seconds until what is waited for counts as never coming: a busy machine is slow
CLIENTS = 600
MOMENT = "%Y-%m-%d %H:%M:%S.%f"  # as SQLite has it
DECIDE = (
    "import mlflow, pandas as pd, sys\n"
    f"model = mlflow.pyfunc.load_model('models:/{MODEL}@champion').unwrap_python_model()\n"
    "model.predict(None, pd.read_parquet(sys.argv[1]))\n"
)
WITHOUT_EVIDENTLY = """
import runpy, sys
sys.modules["evidently"] = None
runpy.run_module("steps.monitor", run_name="__main__", alter_sys=True)
"""


def decide(folder: Path, clients: pd.DataFrame, name: str = "decisions") -> str:
    """The URL of a log with decisions by the champion with its own code, as a server puts them on record."""
    uri, file = f"sqlite:///{folder / f'{name}.db'}", folder / "clients.parquet"
    clients.to_parquet(file)
    ended = run_forked("-c", DECIDE, file, DECISION_LOG_URI=uri)
    assert ended.returncode == 0, ended.stderr
    return uri


def monitor(*options: object, evidently: bool = False) -> "subprocess.CompletedProcess[str]":
    """The ended command; Evidently's page, two thirds of its time, is left out as where it is not installed."""
    words = ("-m", "steps.monitor") if evidently else ("-c", WITHOUT_EVIDENTLY)
    return run_forked(*words, "--model", MODEL, *options)


def last_run() -> mlflow.entities.Run:
    (run,) = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.step = 'monitor'", max_results=1, output_format="list"
    )
    return run


def files_of(run: mlflow.entities.Run) -> dict[str, str]:
    folder = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="."))
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def clients(champion, complete: pd.DataFrame) -> pd.DataFrame:
    return complete.head(CLIENTS)


@pytest.fixture(scope="module")
def log_uri(clients, tmp_path_factory) -> str:
    return decide(tmp_path_factory.mktemp("log"), clients)


def change(uri: str, statement: str, **values: object) -> None:
    engine = create_engine(uri)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_a_window_like_the_reference_raises_no_alarm_and_is_reported(log_uri, clients, tmp_path):
    textfile = tmp_path / "monitor.prom"

    ended = monitor("--log", log_uri, "--textfile", textfile)

    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert f"{CLIENTS} decisions" in ended.stdout
    assert "no alarm" in ended.stdout
    run = last_run()
    assert run.info.status == "FINISHED"
    assert run.data.metrics["decisions"] == CLIENTS
    assert run.data.metrics["alarms"] == 0
    assert run.data.metrics["psi/EXT_SOURCE_2"] < 0.1
    files = files_of(run)
    report = json.loads(files["report.json"])
    assert report["facts"]["own"] == CLIENTS
    assert report["outcomes"]["left_out"].startswith("What the decisions really cost is not known")
    assert "Monitoring of credit-scoring version 1" in files["report.html"]
    gauges = {
        (sample.name, sample.labels.get("kind"), sample.labels.get("field")): sample.value
        for family in text_string_to_metric_families(textfile.read_text("utf-8"))
        for sample in family.samples
    }
    assert gauges["credit_scoring_monitor_decisions", None, None] == CLIENTS
    assert gauges["credit_scoring_monitor_alarms", "drift", None] == 0
    assert gauges["credit_scoring_monitor_psi", None, "EXT_SOURCE_2"] == run.data.metrics["psi/EXT_SOURCE_2"]


def test_the_version_and_its_trend_know_the_last_window(log_uri, champion):
    before = find_trend(MODEL)

    monitor("--log", log_uri)

    run, trend = last_run(), find_trend(MODEL)
    assert trend.windows == (before.windows if before else 0) + 1
    assert run.data.tags["mlflow.parentRunId"] == trend.run_id
    history = MlflowClient().get_metric_history(trend.run_id, "expected_cost")
    assert history[-1].value == run.data.metrics["expected_cost"]
    tags = MlflowClient().get_model_version(MODEL, str(champion.version)).tags
    assert tags["monitoring.run"] == run.info.run_id
    assert tags["monitoring.alarms"] == "no alarm"


def test_a_window_ends_no_later_than_it_is_read_and_gauges_that_cannot_be_written_hide_no_verdict(log_uri, tmp_path):
    textfile = tmp_path / "folder.prom"
    textfile.mkdir()

    ended = monitor("--log", log_uri, "--until", "2999-01-01", "--textfile", textfile)

    assert ended.returncode == 2
    assert "no alarm" in ended.stdout
    assert "folder.prom: Is a directory" in ended.stderr
    points = MlflowClient().get_metric_history(find_trend(MODEL).run_id, "decisions")
    assert points[-1].timestamp <= time.time() * 1000


def test_nothing_personal_reaches_mlflow(log_uri, clients, tmp_path):
    labels = pd.DataFrame({"client_id": clients[ID], "default": 0})
    labels.to_csv(tmp_path / "labels.csv", index=False)

    ended = monitor("--log", log_uri, "--labels", tmp_path / "labels.csv", evidently=True)

    assert ended.returncode in (0, 3), ended.stderr
    files = files_of(last_run())
    engine = create_engine(log_uri)
    with engine.connect() as connection:
        decisions = connection.execute(text("SELECT decision_id FROM decisions")).scalars().all()
    engine.dispose()
    assert {"report.html", "report.json", EVIDENTLY} <= set(files)
    for name in ("report.html", "report.json", EVIDENTLY):
        assert not [each for each in decisions if each in files[name]], name
        ids = [str(each) for each in clients[ID] if f'"{each}"' in files[name]]
        assert not ids, name
    assert "http" not in files["report.html"].replace("http-equiv", "")  # it opens offline


def test_a_unit_that_changed_is_found_with_what_it_does_and_what_to_do(clients, tmp_path):
    uri = decide(tmp_path, clients.assign(AMT_ANNUITY=clients["AMT_ANNUITY"] * 1_000))

    ended = monitor("--log", uri)

    assert ended.returncode == 3, ended.stderr + ended.stdout
    (feed,) = [line for line in ended.stdout.splitlines() if line.startswith("  ALARM feed")]
    assert "[AMT_ANNUITY] comes multiplied by 1,000" in feed
    assert "see in which unit" in feed
    run = last_run()
    assert run.info.status == "FAILED"
    assert "multiplied by 1,000" in run.data.tags["mlflow.note.content"]
    files = files_of(run)
    effects = json.loads(files["report.json"])["effects"]["effects"]
    (annuity,) = [each for each in effects if each["name"] == "AMT_ANNUITY"]
    assert annuity["changed"] > CLIENTS / 4  # amounts that training never saw are referred
    if Path(CHROMIUM).exists():
        take(files["report.html"], MONITORING_SHOTS, DOCS if os.environ.get("WRITE_PICTURES") else tmp_path)


def test_an_empty_history_table_is_one_alarm_and_not_one_a_field(clients, tmp_path):
    card = [name for name in clients if name.startswith("BUREAU_")]
    uri = decide(tmp_path, clients.assign(**dict.fromkeys(card, float("nan"))))

    ended = monitor("--log", uri)

    assert ended.returncode == 3, ended.stderr + ended.stdout
    feeds = [line for line in ended.stdout.splitlines() if line.startswith("  ALARM feed")]
    assert len(feeds) == 1
    assert "history table bureau is empty" in feeds[0]


def test_a_file_sent_twice_is_found(clients, tmp_path):
    uri = decide(tmp_path, clients.head(300))
    assert decide(tmp_path, clients.head(300)) == uri

    ended = monitor("--log", uri)

    assert ended.returncode == 3
    assert "50.0% of the requests equal an earlier one" in ended.stdout


def test_an_export_tells_the_same_as_its_log(log_uri, tmp_path):
    export = tmp_path / "decisions.parquet"
    ended = run_forked("-m", "steps.decisions", "export", "--log", log_uri, "--out", export)
    assert ended.returncode == 0, ended.stderr
    monitor("--log", log_uri)
    of_log = json.loads(files_of(last_run())["report.json"])

    ended = monitor("--export", export)

    assert ended.returncode == 0, ended.stderr + ended.stdout
    of_export = json.loads(files_of(last_run())["report.json"])
    assert of_export["facts"].pop("source") == export.name
    of_log["facts"].pop("source")
    assert not of_export["overridden"].pop("is_on_record")
    assert of_log["overridden"].pop("is_on_record")
    assert of_export == of_log


def test_labels_give_realised_cost_and_a_verdict_on_calibration(clients, tmp_path):
    uri = decide(tmp_path, clients)
    change(uri, "UPDATE decisions SET decided_at = '2024-03-01 12:00:00.000000'")
    engine = create_engine(uri)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT client_id, decision FROM decisions")).all()
    engine.dispose()
    granted = [row.client_id for row in rows if row.decision == "granted"]
    defaulted = granted[: len(granted) // 2]
    labels = [(each, "2024-09-01", 1) for each in defaulted] + [
        (each, "2025-04-01", 0) for each in granted[len(granted) // 2 :]
    ]
    labels += [labels[0], ("nobody", "2025-04-01", 0)]  # one twice, and one of another lender
    pd.DataFrame(labels, columns=["client_id", "date", "default"]).to_csv(tmp_path / "labels.csv", index=False)

    ended = monitor("--log", uri, "--labels", tmp_path / "labels.csv")

    assert ended.returncode == 3, ended.stderr + ended.stdout
    assert "ALARM calibration: Defaults are" in ended.stdout
    metrics = last_run().data.metrics
    assert metrics["outcomes"] == len(granted)
    assert metrics["default_rate"] == pytest.approx(len(defaulted) / len(granted))
    assert metrics["realised_cost"] == pytest.approx(10 * len(defaulted) / len(granted))  # of a loan
    assert metrics["defaults_to_expected"] > 2
    assert metrics["cost_best_case"] < metrics["cost_by_score"] < metrics["cost_worst_case"]
    report = json.loads(files_of(last_run())["report.json"])
    assert report["outcomes"]["labels"]["repeated"] == 1
    assert report["outcomes"]["labels"]["unknown"] == 1


def test_requests_that_were_erased_are_said_and_not_counted(clients, tmp_path):
    uri = decide(tmp_path, clients.head(300))
    change(uri, "UPDATE decisions SET fields = NULL, erased_at = decided_at WHERE rowid <= 100")

    ended = monitor("--log", uri)

    assert ended.returncode == 0, ended.stderr + ended.stdout
    report = json.loads(files_of(last_run())["report.json"])
    assert (report["facts"]["decisions"], report["facts"]["erased"], report["drift"]["requests"]) == (300, 100, 200)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--since", "2100-01-01"], "has no decision of credit-scoring in this time"),
        (["--since", "2026-02-30"], "since: expected a day such as"),
        (["--textfile", "gauges.txt"], "textfile: expected a file ending in .prom"),
        (["--labels", "nowhere.csv"], "labels: expected a CSV or Parquet file"),
        (["--watch", "5", "--until", "2026-01-01"], "watch: expected no until with it"),
        (["--model", "nobody"], "nobody has no versions"),
        (["--model", "runs:/1/model"], "got another URI"),
        (["--model", f"{MODEL}/99"], "but no '99'"),
        (["--reference", "nowhere.parquet"], "reference: data: expected"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(log_uri, options, sentence):
    ended = monitor("--log", log_uri, *options)

    assert ended.returncode == 2, ended.stdout + ended.stderr
    (line,) = [each for each in ended.stderr.splitlines() if each.startswith("error:")]
    assert sentence in line
    assert "Traceback" not in ended.stderr


def test_a_log_of_another_model_is_said(clients, tmp_path):
    uri = decide(tmp_path, clients.head(100))
    change(uri, "UPDATE decisions SET model_name = 'cards'")

    ended = monitor("--log", uri)

    assert ended.returncode == 2
    assert "has no decision of credit-scoring; it has decisions of cards" in ended.stderr


def test_the_line_of_cron_has_a_version_judged_after_an_alarm_of_yesterday_and_moves_nothing(
    clients, tmp_path, champion, prepared
):
    tables = tmp_path / "tables"  # to tune and train on: what comes of it moves nothing
    write_sample(tables, clients=1_000, seed=1)
    for file in tables.iterdir():
        if file.stem not in ("application_train", "bureau", "POS_CASH_balance"):  # others take as long again to read
            file.unlink()
    uri, today = decide(tmp_path, clients.assign(AMT_ANNUITY=clients["AMT_ANNUITY"] * 1_000)), 100
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d} 12:00:00.000000"
    change(uri, f"UPDATE decisions SET decided_at = :time WHERE rowid > {today}", time=yesterday)
    page = (PROJECT / "docs" / "monitoring.md").read_text("utf-8")
    (line,) = re.findall(r"```crontab\n(.*)\n```", page)
    command = line.split(maxsplit=5)[5].replace("/srv/credit-scoring", str(PROJECT))
    assert "PATH=$PWD" in command
    command = command.replace("PATH=$PWD", f"PATH={prepared}:$PWD")
    variables = {
        "DECISION_LOG_URI": uri,
        "TRIALS": "1",
        "TEXTFILE": str(tmp_path / "monitor.prom"),
        "CREDIT_SCORING_FOLDER": str(tmp_path),
    }

    ended = subprocess.run(
        ["bash", "-c", command.replace("data/home-credit", str(tables))],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert f"{CLIENTS - today} decisions from" in ended.stdout
    assert "multiplied by 1,000" in ended.stdout
    assert "nothing moved and nothing is on record" in ended.stdout
    assert "credit_scoring_monitor_alarms" in (tmp_path / "monitor.prom").read_text("utf-8")
    client = MlflowClient()
    model = client.get_registered_model(MODEL)
    assert str(model.aliases["champion"]) == str(champion.version)
    versions = client.search_model_versions(f"name = '{MODEL}'")
    (trained,) = [each for each in versions if "tuned.run_id" in client.get_run(each.run_id).data.tags]
    client.delete_model_version(MODEL, trained.version)  # other tests take the latest


def watching(uri: str) -> AbstractContextManager[Running]:
    return running("-c", WITHOUT_EVIDENTLY, "--model", MODEL, "--log", uri, "--watch", 0.5, reads=["stdout"])


def wait_for_a_window(process: Running) -> datetime:
    """Where the window ended that the watch has just reported: it looks again, finds nothing more, and says so."""
    too_late = threading.Timer(SHOWN, process.kill)
    too_late.start()
    try:
        assert any("waits for more" in line for line in process.stdout), "the watch stood still, or has ended"
    finally:
        too_late.cancel()
    return find_trend(MODEL).until


def test_a_watch_goes_on_where_it_ended_also_after_it_was_killed(clients, tmp_path, monkeypatch):
    uri = decide(tmp_path, clients.head(200))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "watched")
    # A window ends a minute ago: what was decided since comes with a later one.
    change(uri, "UPDATE decisions SET decided_at = :time", time=f"{datetime.now(UTC) - timedelta(hours=1):{MOMENT}}")
    with watching(uri) as process:
        first = wait_for_a_window(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    monitor("--log", uri, "--until", "2100-01-01")  # a window by itself is none of the watch's
    change(uri, "UPDATE decisions SET decided_at = :time", time=f"{first:{MOMENT}}")

    with watching(uri) as process:
        second = wait_for_a_window(process)
        process.send_signal(signal.SIGTERM)
        process.wait(SHOWN)

    assert second > first
    runs = MlflowClient().search_runs(
        [mlflow.get_experiment_by_name("watched").experiment_id], "tags.step = 'monitor'", order_by=["start_time DESC"]
    )
    assert [run.data.metrics["decisions"] for run in runs[:3]] == [200, 200, 200]
    assert runs[0].data.params["since"] == runs[2].data.params["until"] == first.isoformat(timespec="seconds")
