"""Promotion from one registry into another: two MLflow servers, each with a database and artifacts of its own."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from steps.evaluation.in_subprocess import score_in_subprocess
from steps.ledger.chain import problems
from steps.ledger.records import Event, Outcome, filed
from steps.promote import Request, promote, promote_elsewhere
from steps.registry.versions import find_champion
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tracking.connection import connect
from steps.train import train
from testing.mlflow_server import mlflow_server

pytestmark = pytest.mark.slow

NAME = "shipped"


@pytest.fixture(scope="module")
def servers(tmp_path_factory, prepared) -> Iterator[list[str]]:
    """The URLs of a staging and a production server, each with a database and an artifact root of its own."""
    folders = [tmp_path_factory.mktemp(name) for name in ("staging", "production")]
    starting = [mlflow_server(f"sqlite:///{each}/mlflow.db", each, python=prepared / "python") for each in folders]
    with ExitStack() as stack:
        yield [stack.enter_context(each).url for each in starting]


@pytest.fixture
def at(servers) -> Iterator[list[Settings]]:
    """The settings of either server; MLflow points at the first."""
    before = mlflow.get_tracking_uri()
    connect(servers[0])
    yield [Settings(tracking_uri=url) for url in servers]
    connect(before)


def test_a_version_is_copied_judged_there_again_and_on_record_in_both(at, narrow, quick, policy, capsys):
    staging, production = at
    trained = train(narrow, NAME, staging, policy, quick)
    assert promote(narrow, NAME, staging, policy)
    clients = narrow.applications.head(200)
    decided = score_in_subprocess(trained.uri, clients).decisions

    assert MlflowClient().get_model_version(NAME, "1").tags["gate"] == "passed"

    assert promote_elsewhere(narrow, NAME, staging, policy, "1", production.tracking_uri, Request(dry_run=True))
    before = MlflowClient(production.tracking_uri).get_model_version(NAME, "1")
    assert promote_elsewhere(narrow, NAME, staging, policy, "1", production.tracking_uri, Request())

    assert not {"gate", "report"} & set(before.tags)  # what another policy and champion were judged by stays there
    assert "gate passed" not in before.description
    assert mlflow.get_tracking_uri() == staging.tracking_uri
    sent = next(filed(NAME)).record
    assert (sent.event, sent.outcome, sent.version) == (Event.transfer, Outcome.passed_there, "1")
    assert sent.copy_of_it == f"version 1 of {production.tracking_uri}"
    own = MlflowClient().get_run(str(find_champion(NAME).run_id))
    connect(production.tracking_uri)
    champion = find_champion(NAME)
    arrived = next(filed(NAME)).record
    assert (arrived.event, arrived.outcome, arrived.version) == (Event.promotion, Outcome.champion, "1")
    assert arrived.source.startswith(f"models:/{NAME}/1 sha256:")
    assert list(problems(NAME, list(filed(NAME)))) == []
    there = MlflowClient().get_run(str(champion.run_id))
    assert there.info.run_id != own.info.run_id
    assert there.data.params == own.data.params
    assert there.data.metrics == own.data.metrics
    assert there.data.tags["dataset.training.digest"] == own.data.tags["dataset.training.digest"]
    assert [each.dataset.digest for each in there.inputs.dataset_inputs] == [
        each.dataset.digest for each in own.inputs.dataset_inputs
    ]
    assert mlflow.artifacts.load_dict(f"runs:/{champion.run_id}/features/lineage.json")["id"] == narrow.lineage.id
    again = score_in_subprocess(f"models:/{NAME}@champion", clients).decisions
    kept = ["probability_of_default", "threshold", "decision", "model"]
    pd.testing.assert_frame_equal(again[kept], decided[kept])


def test_a_version_that_is_there_already_is_not_copied_again(at, narrow, quick, policy, capsys):
    staging, production = at
    if find_champion(NAME) is None:
        train(narrow, NAME, staging, policy, quick)
        promote_elsewhere(narrow, NAME, staging, policy, "1", production.tracking_uri, Request())

    assert promote_elsewhere(narrow, NAME, staging, policy, "1", production.tracking_uri, Request())

    told = capsys.readouterr().out
    assert f"models:/{NAME}/1 is version 1 there already" in told
    assert f"{NAME} version 1 is the champion already" in told
    connect(production.tracking_uri)
    assert len(MlflowClient().search_model_versions(f"name = '{NAME}'")) == 1


def test_a_registry_that_cannot_be_reached_is_told_and_nothing_is_recorded(at, narrow, quick, policy):
    staging, _ = at
    if find_champion(NAME) is None:
        train(narrow, NAME, staging, policy, quick)
    before = len(list(filed(NAME)))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
    # It is free again, and nobody listens.
    with pytest.raises(UserError, match="cannot be reached"):
        promote_elsewhere(narrow, NAME, staging, policy, "1", nowhere, Request())

    assert mlflow.get_tracking_uri() == staging.tracking_uri
    assert len(list(filed(NAME))) == before


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("http://user:secretpw@host", "expected a URI without a user or password"),
        ("sqlite:////nowhere/mlflow.db?password=secretpw", "expected a URI without a user or password"),
        ("https://host/?token=secretpw", "expected a URI without a user or password"),
        ("own", "another registry than the present one"),
    ],
)
def test_a_target_that_is_none_is_told(at, narrow, policy, to, problem):
    staging, _ = at
    uri = staging.tracking_uri if to == "own" else to

    with pytest.raises(UserError, match=problem) as error:
        promote_elsewhere(narrow, NAME, staging, policy, "1", uri, Request())

    assert "secretpw" not in str(error.value)
