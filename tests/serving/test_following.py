"""The hardened server follows its alias: a real registry, versions that decide differently, clients that never stop."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import mlflow
import psutil
import pytest
import requests
import yaml
from mlflow import MlflowClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, select

from custom_model.decision_log.schema import decisions
from custom_model.server import malloc
from custom_model.server.following.example import EXAMPLE_DECISION
from steps.policy import change_policy
from steps.run.policy import Policy
from steps.run.serving import running_server
from steps.run.settings import PROJECT, Settings
from steps.train import train
from testing.forked_servers import hardened_server
from testing.mlflow_server import mlflow_server
from testing.processes import assert_ended, handles_of, supervisor_of, workers_of
from tests.serving.test_kill import Load
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow

MODEL = "followed"
URI = f"models:/{MODEL}@champion"
FAST = '{"rounds": 20, "patience": 20}'
PATIENT = 120.0  # seconds
APPLICATION = {"income": 20_000, "age": 40, "sex": "f", "job": "cook", "past_loans": 2}


@pytest.fixture(scope="module")
def versions() -> list[str]:
    """Two versions of one booster: the first refuses the application, the second, with other costs, grants it."""
    version = train(lender_table(), MODEL, Settings(), POLICY, FAST)
    lenient = POLICY.model_copy(update={"costs": type(POLICY.costs)(false_negative=2, false_positive=1)})
    return [str(version.version), str(change_policy(MODEL, str(version.version), Settings(), Policy(**dict(lenient))))]


@pytest.fixture
def point(versions) -> Callable[[str], None]:
    """Moves the alias, which is at the first version."""

    def move(version: str) -> None:
        MlflowClient().set_registered_model_alias(MODEL, "champion", version)

    move(versions[0])
    return move


def ready(url: str) -> dict:
    """The body of /ready, whatever worker answers; the server is ready at all times."""
    answer = requests.get(f"{url}/ready", timeout=PATIENT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(url: str) -> str | None:
    return ready(url)["following"]["problem"]


def decides(url: str, version: str) -> bool:
    """Whether no other version answers, and no worker more than the server has is left."""
    return {ready(url)["model"] for _ in range(8)} == {f"{MODEL}/{version}"}


def figures(url: str) -> dict[tuple, float]:
    families = text_string_to_metric_families(requests.get(f"{url}/metrics", timeout=PATIENT).text)
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def infos(url: str) -> set[str]:
    """The versions that credit_scoring_model_info has as served."""
    return {name[1][1] for name in figures(url) if name[0] == "credit_scoring_model_info"}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_promotions_and_rollbacks_under_load_lose_no_request_and_no_record(versions, point, tmp_path):
    log, output = f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "server.log"
    load = Load([APPLICATION], identity="client", is_patient=False, pause=0.05)
    with hardened_server(
        URI, workers=2, follow=0.5, log_file=output, DECISION_LOG_URI=log, TMPDIR=str(tmp_path)
    ) as load.url:
        url, supervisor = load.url, psutil.Process(supervisor_of(load.url))
        (shared,) = tmp_path.glob("credit-scoring-workers-*")
        with load.running():
            load.wait_for_answers()
            for change in range(4):
                version = versions[(change + 1) % 2]
                point(version)
                wait_for(lambda version=version: decides(url, version) and len(workers_of(url)) == 2)
                assert ready(url)["following"] == {"alias": f"{MODEL}@champion", "version": version, "problem": None}
                load.wait_for_answers()
                wait_for(lambda version=version: infos(url) == {f"{MODEL}/{version}"})  # the others are cleared up
                if change == 1:
                    opened, files = supervisor.num_fds(), len([*shared.iterdir()])
        wait_for(lambda: supervisor.num_fds() <= opened)  # the last retired worker's end is noticed after its answers
        wait_for(lambda: len([*shared.iterdir()]) <= files)
        counted = figures(url)

    assert load.unexpected == []
    with create_engine(log).connect() as connection:
        columns = (decisions.c.decision_id, decisions.c.model_version, decisions.c.decision)
        recorded = {decision: rest for decision, *rest in connection.execute(select(*columns))}
    answered = {each["decision_id"]: each for each in load.received.values()}
    assert recorded.keys() == answered.keys()
    assert {each["model"] for each in answered.values()} == {f"{MODEL}/{version}" for version in versions}
    for decision, (version, outcome) in recorded.items():
        assert answered[decision]["model"] == f"{MODEL}/{version}"
        assert (version, outcome) in {(versions[0], "refused"), (versions[1], "granted")}
    for version, outcome in zip(versions, ("refused", "granted"), strict=True):
        of_version = sum(each["model"] == f"{MODEL}/{version}" for each in answered.values())
        labels = (("decision", outcome), ("model", f"{MODEL}/{version}"))
        assert counted["credit_scoring_model_decisions_total", *labels] == of_version
        assert counted["credit_scoring_decisions_total", ("decision", outcome)] == of_version
    assert counted["credit_scoring_changes_total",] == 4
    assert counted["credit_scoring_following",] == 1
    assert (
        output.read_text("utf-8").splitlines()[-1] == f"{MODEL}/{versions[0]} decides in place of {MODEL}/{versions[1]}"
    )


@contextmanager
def broken(version: str, kind: str):
    """The version's artifact is broken for the block."""
    client = MlflowClient()
    model = Path(client.get_model_version_download_uri(MODEL, version).removeprefix("file://"))
    kept = model.with_suffix(".kept")
    shutil.copytree(model, kept)
    if kind == "gone":
        shutil.rmtree(model)
    if kind == "unreadable":
        (model / "MLmodel").write_text("{no: yaml")
    if kind == "damaged":
        (model / "artifacts" / "booster.txt").write_text("no trees")
    if kind == "unproven":
        rewrite_metadata(model, lambda metadata: metadata.pop(EXAMPLE_DECISION))
    if kind == "other":
        rewrite_metadata(model, lambda metadata: metadata[EXAMPLE_DECISION].update(probability_of_default=0.5))
    try:
        yield
    finally:
        shutil.rmtree(model, ignore_errors=True)
        kept.rename(model)


def rewrite_metadata(model: Path, change: Callable[[dict], object]) -> None:
    content = yaml.safe_load((model / "MLmodel").read_text("utf-8"))
    change(content["metadata"])
    (model / "MLmodel").write_text(yaml.safe_dump(content), "utf-8")


def test_a_version_that_is_not_sound_is_not_taken_and_the_server_says_why(versions, point, tmp_path):
    reasons = {
        "gone": "has no file MLmodel",
        "unreadable": "its MLmodel cannot be read",
        "damaged": "it cannot be loaded: the server's log has why",
        "unproven": "it cannot be proven: it has no example with a logged decision (KeyError)",
        "other": "it answers its example unlike when it was logged: probability_of_default ",
    }
    output = tmp_path / "server.log"
    with hardened_server(URI, follow=0.5, log_file=output, TMPDIR=str(tmp_path)) as url:
        (worker,) = workers_of(url)
        for kind, reason in reasons.items():
            with broken(versions[1], kind):
                point(versions[1])
                wait_for(lambda: problem(url) is not None)
                assert reason in problem(url), problem(url)
                assert decides(url, versions[0])
                assert figures(url)["credit_scoring_following",] == 0
                assert figures(url)["credit_scoring_failed_follows_total", ("cause", "version")] >= 1
            point(versions[0])
            wait_for(lambda: problem(url) is None)
            assert figures(url)["credit_scoring_following",] == 1
        assert workers_of(url) == [worker]
        (shared,) = tmp_path.glob("credit-scoring-workers-*")
        assert [each.name for each in shared.glob("model*")] == ["model"]
        point(versions[1])  # sound again
        wait_for(lambda: decides(url, versions[1]))
    lines = output.read_text("utf-8")
    assert lines.count(f"{MODEL}@champion is not followed: version {versions[1]}: it answers its example unlike") == 1


def test_the_registry_down_leaves_the_version_and_another_is_taken_when_it_is_back(versions, point, tmp_path):
    with (
        mlflow_server(mlflow.get_tracking_uri(), tmp_path) as registry,
        hardened_server(URI, follow=0.5, MLFLOW_TRACKING_URI=registry.url) as url,
    ):
        assert problem(url) is None
        registry.end()
        wait_for(lambda: problem(url) is not None)
        assert "no answer of the MLflow server at http://127.0.0.1" in problem(url)
        assert decides(url, versions[0])
        assert figures(url)["credit_scoring_failed_follows_total", ("cause", "registry")] >= 1
        point(versions[1])
        registry.start()
        wait_for(lambda: decides(url, versions[1]))
        assert problem(url) is None


def test_a_version_that_misses_its_stores_is_tried_again_until_they_are_there(versions, point, tmp_path):
    """The log's folder is closed to everybody for a while: neither version could record a decision."""
    folder = tmp_path / "log"
    folder.mkdir()
    with hardened_server(URI, follow=0.5, DECISION_LOG_URI=f"sqlite:///{folder / 'log.db'}") as url:
        folder.rename(tmp_path / "away")
        point(versions[1])
        wait_for(lambda: (requests.get(f"{url}/ready", timeout=PATIENT).json()["following"]["problem"] or "") != "")
        reported = requests.get(f"{url}/ready", timeout=PATIENT).json()["following"]["problem"]
        (tmp_path / "away").rename(folder)
        wait_for(lambda: requests.get(f"{url}/ready", timeout=PATIENT).status_code == 200 and decides(url, versions[1]))

    assert "it is not ready: it misses decision_log" in reported


def test_nothing_is_followed_where_follow_is_zero_or_the_uri_names_no_alias(versions, point, prepared):
    with hardened_server(URI) as url:
        assert "following" not in ready(url)
    command = [str(prepared / "python"), "-m", "custom_model.server", "--model-uri", f"models:/{MODEL}/{versions[0]}"]
    with running_server(command, PYTHONPATH=str(PROJECT)) as url:
        assert "following" not in ready(url)
    wrong = subprocess.run([*command, "--follow", "5"], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert wrong.returncode == 2
    assert wrong.stderr.splitlines() == [
        "error: --follow: expected a URI with an alias, such as models:/credit-scoring@champion, "
        f"got models:/{MODEL}/{versions[0]}"
    ]


def test_an_alias_is_followed_by_default(versions, point, prepared):
    command = [str(prepared / "python"), "-m", "custom_model.server", "--model-uri", URI]
    with running_server(command, PYTHONPATH=str(PROJECT)) as url:
        assert ready(url)["following"]["alias"] == f"{MODEL}@champion"


def test_interpreters_of_their_own_take_the_version_that_the_alias_is_moved_to(versions, point):
    command = [sys.executable, "-m", "custom_model.server", "--model-uri", URI, "--follow", "0.5", "--workers", "2"]
    with running_server(command, PYTHONPATH=str(PROJECT)) as url:
        wait_for(lambda: decides(url, versions[0]))
        point(versions[1])
        wait_for(lambda: decides(url, versions[1]) and len(workers_of(url)) == 2)
        for worker in workers_of(url):
            assert psutil.Process(worker).environ().items() >= malloc.SETTINGS.items()


@pytest.mark.parametrize(
    ("number", "stage"), [(signal.SIGTERM, "model-*"), (signal.SIGKILL, "model-*"), (signal.SIGKILL, "proof")]
)
def test_a_server_that_ends_while_it_prepares_a_version_leaves_no_process_and_no_folder(
    number, stage, versions, point, tmp_path
):
    with hardened_server(URI, follow=0.5, TMPDIR=str(tmp_path)) as url:
        (shared,) = tmp_path.glob("credit-scoring-workers-*")
        supervisor = psutil.Process(supervisor_of(url))
        before = len(supervisor.children(recursive=True))
        point(versions[1])
        wait_for(lambda: [*shared.glob(stage)] != [])
        wait_for(lambda: len(supervisor.children(recursive=True)) > before)  # by what prepares the version
        handles = handles_of(each.pid for each in (supervisor, *supervisor.children(recursive=True)))
        os.kill(supervisor.pid, number)
        assert_ended(handles)
    with hardened_server(URI, TMPDIR=str(tmp_path)):
        assert not shared.exists()


def test_a_version_is_proven_at_an_address_of_this_machine_alone(versions, point, tmp_path):
    with hardened_server(URI, follow=0.5, TMPDIR=str(tmp_path)) as url:
        (shared,) = tmp_path.glob("credit-scoring-workers-*")
        supervisor = psutil.Process(supervisor_of(url))
        listening = {each.laddr for each in supervisor.net_connections("tcp")}
        point(versions[1])
        wait_for(lambda: (shared / "proof").exists())
        proof = {each.laddr for each in supervisor.net_connections("tcp") if each.status == psutil.CONN_LISTEN}

    assert len(proof) == 2
    assert {address.ip for address in proof - listening} == {"127.0.0.1"}
