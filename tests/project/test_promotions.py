"""Promotions at once, by real processes against real registries: one at a time, each compared with the one before."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import mlflow
import pytest
from mlflow import MlflowClient

from steps.ledger.chain import problems
from steps.ledger.records import CheckRecord, Entry, Event, Outcome, filed
from steps.registry import promotion_lock
from steps.registry.champion import make_champion
from steps.registry.names import lock_name
from steps.registry.settlement import settle
from steps.registry.versions import CHAMPION, find_champion, find_version
from steps.run.settings import Settings
from steps.train import train
from testing.at_once import at_once
from testing.forked import run_forked
from testing.mlflow_server import mlflow_server
from testing.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_commands")]

# Promotions without the lock spoil a quarter of the rounds in SQLite, and more than half behind a server.
ROUNDS, PROCESSES = 12, 3
NUMBERS = count()
PROMOTION = Entry(event=Event.promotion, outcome=Outcome.champion, version="")
# Every version passes the gate of this process: who was overtaken compares again, and records with whom at last.
PROMOTE = """
import mlflow
from mlflow import MlflowClient
from steps.registry.champion import make_champion
from steps.ledger.records import Entry
from steps.registry.versions import find_champion, find_version
mlflow.set_tracking_uri({uri!r})

def promote(name):
    own = MlflowClient().create_model_version(name, source="s3://nowhere/model")
    candidate = find_version(name, str(own.version))
    while True:
        champion = find_champion(name)
        if make_champion(candidate, champion, Entry(event="promotion", outcome="champion", version=str(own.version))):
            break
    compared = "none" if champion is None else str(champion.version)
    MlflowClient().set_model_version_tag(name, candidate.version, "compared", compared)
"""
KILLED = """
import os, signal, sys
import mlflow
from mlflow import MlflowClient
from steps.registry.champion import make_champion
from steps.ledger.records import Entry
from steps.registry.names import lock_name
from steps.registry.versions import find_champion, find_version
uri, name, moment = sys.argv[1:]
mlflow.set_tracking_uri(uri)
method, _, about = moment.partition(" ")
real = getattr(MlflowClient, method)

def killed(*arguments, **options):
    if about in map(str, arguments):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)

setattr(MlflowClient, method, killed)
make_champion(find_version(name, "2"), find_champion(name), Entry(event="promotion", outcome="champion", version="2"))
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "server"])
def registry(request, tmp_path_factory) -> Iterator[str]:
    """A registry of its own: a SQLite file, a PostgreSQL database, or `mlflow server` in front of one."""
    folder = tmp_path_factory.mktemp("registry")
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'mlflow.db'}"
        return
    database = fresh_database(request.getfixturevalue("postgres_running"))
    if request.param == "postgresql":
        yield database
        return
    with mlflow_server(database, folder, 2, request.getfixturevalue("prepared") / "python") as server:
        yield server.url


@pytest.fixture
def client(registry) -> Iterator[MlflowClient]:
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(registry)
    yield MlflowClient()
    mlflow.set_tracking_uri(before)


def versions_of(client: MlflowClient, name: str) -> dict[str, object]:
    return {str(each.version): each for each in client.search_model_versions(f"name = '{name}'")}


def in_production(client: MlflowClient, name: str) -> list[str]:
    found = versions_of(client, name)
    return [number for number in found if found[number].current_stage == "Production"]


def champion_of(client: MlflowClient, name: str) -> str:
    return str(client.get_registered_model(name).aliases[CHAMPION])


def chain_of(client: MlflowClient, name: str) -> list[str]:
    """The champion, the version that it was compared with, the one that that was compared with, and so on."""
    compared = {number: each.tags["compared"] for number, each in versions_of(client, name).items()}
    chain = [champion_of(client, name)]
    while chain[-1] != "none" and len(chain) <= len(compared):
        chain.append(compared[chain[-1]])
    return chain


def test_each_of_several_promotions_at_once_was_compared_with_the_champion_that_it_replaced(registry, client, prepared):
    names = [client.create_registered_model(f"race-{number}").name for number in range(ROUNDS)]

    answers = at_once(PROMOTE.format(uri=registry), "promote(place)", names, PROCESSES, prepared / "python")

    assert answers == ["done"] * PROCESSES * ROUNDS
    for name in names:
        assert in_production(client, name) == [champion_of(client, name)]
        chain = chain_of(client, name)
        assert sorted(chain[:-1]) == sorted(versions_of(client, name))
        assert chain[-1] == "none"
        assert [each.record.version for each in filed(name)] == chain[:-1]
        assert list(problems(name, list(filed(name)))) == []
    assert not client.search_registered_models("name LIKE '%-promotion-lock'")


def test_the_record_of_a_whole_gate_is_kept_as_it_was_written(registry, client):
    name = client.create_registered_model("recorded").name
    client.create_model_version(name, source="s3://nowhere/model")
    checks = tuple(CheckRecord(name=f"check {number}", passed=True, finding="ß" * 600) for number in range(14))

    assert make_champion(find_version(name, "1"), None, PROMOTION.model_copy(update={"checks": checks}))

    (record,) = filed(name)
    assert len(record.text) > 8_000
    assert record.record.checks == checks
    assert list(problems(name, [record])) == []


@pytest.mark.parametrize(
    ("moment", "is_recorded"),
    [
        ("create_registered_model {name}-ledger-000002", False),
        ("set_registered_model_tag ledger.head", True),
        ("set_registered_model_alias champion", True),
        ("set_registered_model_alias previous", True),
        ("delete_registered_model_alias pending", True),
        ("transition_model_version_stage 2", True),
        ("transition_model_version_stage 1", True),
        ("set_registered_model_tag carried_out", True),
    ],
)
def test_a_promotion_killed_at_any_moment_is_mended_by_the_next(
    registry, client, moment, is_recorded, monkeypatch, capsys
):
    name = client.create_registered_model(f"killed-{next(NUMBERS)}").name
    for _ in range(3):
        client.create_model_version(name, source="s3://nowhere/model")
    make_champion(find_version(name, "1"), None, PROMOTION)
    monkeypatch.setattr(promotion_lock, "LEASE", 1.0)

    killed = run_forked("-c", KILLED, registry, name, moment.format(name=name))

    assert killed.returncode == -signal.SIGKILL
    assert client.get_registered_model(lock_name(name))
    settle(name)
    champion = "2" if is_recorded else "1"
    assert (champion_of(client, name), in_production(client, name)) == (champion, [champion])
    told = capsys.readouterr().out
    assert (f"record 2 was cut off: version 2 of {name} is champion now" in told) is is_recorded
    assert make_champion(find_version(name, "3"), find_champion(name), PROMOTION)
    told += capsys.readouterr().out
    assert "was cut off: its lock of 1 s has run out" in told
    assert (champion_of(client, name), in_production(client, name)) == ("3", ["3"])
    assert str(client.get_registered_model(name).aliases["previous"]) == champion
    assert list(problems(name, list(filed(name)))) == []
    assert not client.search_registered_models(f"name = '{lock_name(name)}'")


def test_two_commands_at_once_leave_one_champion_that_the_other_was_compared_with(narrow, quick, policy, tmp_path):
    # Twins: each passes the gate alone, and against the other.
    trained = [train(narrow, "twins", Settings(), policy, quick) for _ in range(2)]
    script = (
        "import sys; from steps.promote import promote; from steps.run.policy import Policy; "
        "from steps.run.settings import Settings; from steps.tables.feature_table import read_feature_table; "
        "from pathlib import Path; policy = Policy.model_validate_json(Path(sys.argv[2]).read_text()); "
        "sys.exit(not promote(read_feature_table(Path(sys.argv[1])), 'twins', Settings(), policy, sys.argv[3]))"
    )
    (tmp_path / "policy.json").write_text(policy.model_dump_json())
    commands = [("-c", script, narrow.path, tmp_path / "policy.json", each.version) for each in trained]

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda words: run_forked(*words), commands))

    client = MlflowClient()
    told = [process.stdout for process in ended]
    assert [process.returncode for process in ended] == [0, 0], told
    (overtaken,) = [each for each in told if "passed: cost against the champion" in each]
    (first,) = [each for each in told if each != overtaken]
    assert "is champion" in first
    assert in_production(client, "twins") == [champion_of(client, "twins")]
    assert f"version {champion_of(client, 'twins')} is champion" in overtaken


def test_a_refused_promotion_is_failed_in_its_own_run_as_in_that_of_mlflow_run(narrow, policy):
    weak = '{"rounds": 3, "patience": 3, "learning_rate": 0.001, "num_leaves": 2}'
    train(narrow, "refused", Settings(), policy, weak)
    command = ["-m", "steps.promote", "--model-name", "refused", "--data", narrow.path]

    ended = run_forked(*command, MLFLOW_EXPERIMENT_NAME="refusals")

    assert ended.returncode == 1, ended.stderr[-2_000:]
    client = MlflowClient()
    (run,) = client.search_runs([client.get_experiment_by_name("refusals").experiment_id])
    assert (run.info.run_name, run.info.status) == ("promote refused/1", "FAILED")
    assert "did not pass the gate" in run.data.tags["mlflow.note.content"]
