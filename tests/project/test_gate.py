"""The gate on a real registry: noise never passes, contracts and servers are asked, nothing is loaded from a pickle."""

import json
import sys
import threading
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from steps.evaluation.in_subprocess import score_in_subprocess
from steps.gate import answers as answers_module
from steps.gate.answers import Example, check_answers, started_ahead
from steps.ledger.records import filed
from steps.promote import Request, promote
from steps.quality.calibration import NoRanking
from steps.registry import version_checks
from steps.registry.version_checks import check_version
from steps.registry.versions import find_champion, find_version
from steps.run.console import UserError
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import TrainedVersion, train
from tests.crowned import crowned
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow

FAST = '{"rounds": 20, "patience": 20}'
NAME = "asked"
BOUNDS = POLICY.promotion


@pytest.fixture(scope="module")
def versions():
    """A version of the lender, one trained alike, and one that requires another field."""
    lenient = POLICY.model_copy(update={"most_won_by_omission": 0.999})  # training demands no field
    stricter = lenient.model_copy(update={"required_fields": ("income", "age")})
    return [
        find_version(NAME, str(train(lender_table(), NAME, Settings(), policy, FAST).version))
        for policy in (lenient, lenient, stricter)
    ]


@pytest.fixture(scope="module")
def example(versions) -> Example:
    return version_checks.parts_of(versions[0])[1]


def shuffled(table: FeatureTable, seed: int) -> FeatureTable:
    outcome = table.lineage.target
    frame = table.frame.assign(**{outcome: np.random.default_rng(seed).permutation(table.frame[outcome])})
    return FeatureTable(frame, table.lineage, table.path, table.parameters)


def trained_on_noise(table: FeatureTable, params: str, policy: Policy) -> tuple[FeatureTable, TrainedVersion]:
    """A version of shuffled outcomes: half of the shuffles rank no better than chance, and are no version at all."""
    for seed in range(1, 21):
        noise = shuffled(table, seed)
        try:
            return noise, train(noise, "shuffled", Settings(), policy, params)
        except NoRanking:
            continue
    raise AssertionError("expected one of twenty shuffles to rank by chance a little better than not at all")


def failures(checks) -> list[str]:
    return [check.name for check in checks if not check.passed]


def test_a_model_of_shuffled_outcomes_passes_neither_alone_nor_against_a_champion(narrow, quick, policy, capsys):
    # The real policy's bounds; only the holdout may be as small as that of the tests.
    bounds = read_policy().promotion.model_copy(update={"least_clients": 100, "least_defaults": 10})
    real = policy.model_copy(update={"promotion": bounds.model_copy(update={"worst_calibration_error": 0.5})})
    shuffle, noise = trained_on_noise(narrow, quick, policy)

    assert not promote(shuffle, "shuffled", Settings(), real)
    assert find_champion("shuffled") is None
    told = capsys.readouterr().out
    assert "FAILED: business score" in told
    assert "FAILED: ranking" in told

    good = crowned("shuffled", train(narrow, "shuffled", Settings(), policy, quick))
    assert not promote(narrow, "shuffled", Settings(), real, str(noise.version))
    assert int(find_champion("shuffled").version) == good.version
    told = capsys.readouterr().out
    assert "FAILED: cost against the champion" in told
    assert "to do: the champion is better beyond doubt" in told
    assert MlflowClient().get_model_version("shuffled", str(noise.version)).tags["gate"].startswith("failed: ranking")


def test_a_version_trained_alike_keeps_the_contract_answers_its_example_and_is_as_fast(versions):
    verdict = check_version(versions[1], versions[0], BOUNDS)

    assert [check.name for check in verdict.checks] == [
        "contract against the champion",
        "a server's answer",
        "latency against the champion",
    ]
    assert verdict.passed, verdict.lines
    assert 0.2 < verdict.metrics["latency_ratio"] < 5
    assert not verdict.left_out


def test_a_version_that_requires_another_field_fails_and_says_what_to_do(versions):
    verdict = check_version(versions[2], versions[0], BOUNDS)

    (failed,) = [check for check in verdict.checks if not check.passed]
    assert (failed.name, failed.found) == ("contract against the champion", "newly required: age")
    assert "force" in failed.advice
    assert check_version(versions[0], versions[2], BOUNDS).checks[0].passed


def test_without_a_champion_the_server_is_asked_all_the_same(versions):
    verdict = check_version(versions[0], None, BOUNDS)

    assert [check.name for check in verdict.checks] == ["a server's answer"]
    assert verdict.passed
    assert verdict.left_out == (
        "contract: there is no champion to compare it with",
        "latency: there is no champion to compare it with",
    )


def test_the_decision_logged_with_the_example_is_that_of_the_versions_own_code(versions, example, monkeypatch):
    monkeypatch.setattr(version_checks, "EXAMPLE_DECISION", "of a version from before there was one")

    assert version_checks.parts_of(versions[0])[1] == example
    assert set(example.decision) == {
        *("decision", "probability_of_default", "threshold", "expected_cost_granted", "expected_cost_refused")
    }


def test_an_answer_other_than_the_logged_decision_fails(example):
    otherwise = replace(example, decision={**example.decision, "probability_of_default": 0.5})

    verdict = check_answers(otherwise, example, BOUNDS)

    assert failures(verdict.checks) == ["a server's answer"]
    assert verdict.checks[0].found.startswith("probability_of_default ")
    assert verdict.checks[0].found.endswith("for 0.5")


def test_a_version_whose_server_has_started_before_is_asked_there(example, monkeypatch, prepared):
    monkeypatch.setattr(sys, "executable", str(prepared / "python"))
    monkeypatch.setattr(answers_module, "_served", lambda others: nullcontext({} if not others else None))

    with started_ahead(example.model_uri) as ahead:
        verdict = check_answers(example, None, BOUNDS, ahead=ahead)

    assert [(check.name, check.passed) for check in verdict.checks] == [("a server's answer", True)]


def test_an_example_that_the_server_rejects_fails(example):
    without = replace(example, application={**example.application, "nonsense": 1.0})

    assert check_answers(without, None, BOUNDS).checks[0].found == "status 400"


def test_a_model_that_no_server_can_load_fails_and_a_champion_that_none_can_is_no_reason_to(example):
    nowhere = replace(example, model_uri="models:/asked/999")

    broken, beside = check_answers(nowhere, None, BOUNDS), check_answers(example, nowhere, BOUNDS)

    assert failures(broken.checks) == ["a server's answer"]
    assert "the server did not start" in broken.checks[0].found
    assert beside.passed
    assert beside.left_out == ("latency: the champion's server does not answer its own example",)


class StopsAnswering(BaseHTTPRequestHandler):
    """A server that gives the same decision a few times, and no decision from then on."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers -= 1
        content = json.dumps({"predictions": [self.server.decision]}).encode()
        self.send_response(200 if self.server.answers >= 0 else 503)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stopping(example, monkeypatch):
    """A function that has `check_answers` find such a server for either example, after so many answers."""
    with ExitStack() as stack:

        def served(answers: dict[str, int]) -> None:
            servers = {}
            for uri, count in answers.items():
                server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), StopsAnswering))
                server.answers, server.decision = count, dict(example.decision)
                threading.Thread(target=server.serve_forever, daemon=True).start()
                stack.callback(server.shutdown)
                servers[uri] = f"http://127.0.0.1:{server.server_port}"
            monkeypatch.setattr(answers_module, "_served", lambda examples: nullcontext(servers))

        yield served


def test_a_server_that_stops_answering_is_not_fast(example, stopping):
    champion = replace(example, model_uri="models:/asked/champion")
    stopping({example.model_uri: 30, champion.model_uri: 10_000})

    verdict = check_answers(example, champion, BOUNDS)

    (check,) = verdict.checks
    assert (check.name, check.passed) == ("a server's answer", False)
    assert check.found == "request after request, status 503"
    assert verdict.left_out == ("latency: the candidate's server stopped answering",)


def test_a_champion_whose_server_stops_answering_is_no_reason_to_refuse(example, stopping):
    champion = replace(example, model_uri="models:/asked/champion")
    stopping({example.model_uri: 10_000, champion.model_uri: 30})

    verdict = check_answers(example, champion, BOUNDS)

    assert verdict.passed
    assert verdict.left_out == ("latency: the champion's server does not answer its own example",)


def test_an_artifact_that_cannot_be_read_fails_the_check_of_whichever_version_it_is(versions):
    client = MlflowClient()
    gone = client.create_model_version(NAME, source="file:///nowhere")

    candidate, champion = check_version(gone, versions[0], BOUNDS), check_version(versions[0], gone, BOUNDS)

    assert [(check.name, check.passed) for check in candidate.checks] == [("a server's answer", False)]
    assert [(check.name, check.passed) for check in champion.checks] == [
        ("contract against the champion", False),
        ("a server's answer", True),
    ]
    assert champion.left_out == ("latency: the champion cannot be read",)
    client.delete_model_version(NAME, str(gone.version))


class Pickled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None):
        return model_input


@pytest.fixture(scope="module")
def pickled() -> str:
    """The URI of a model whose code and state are a pickle."""
    with mlflow.start_run():
        return mlflow.pyfunc.log_model(name="pickled", python_model=Pickled(), pip_requirements=["mlflow"]).model_uri


def test_a_model_in_a_pickle_is_not_even_loaded(pickled):
    with pytest.raises(UserError, match="pickle"):
        score_in_subprocess(pickled, pd.DataFrame({"income": [1.0]}))


def test_a_version_in_a_pickle_does_not_pass_is_on_record_and_no_reason_overrules_it(
    narrow, quick, policy, pickled, capsys
):
    crowned("unloadable", train(narrow, "unloadable", Settings(), policy, quick))
    version = str(mlflow.register_model(pickled, "unloadable").version)

    for request in (Request(), Request(force="we need it")):
        assert not promote(narrow, "unloadable", Settings(), policy, version, request=request)

        record = next(filed("unloadable")).record
        assert (record.outcome, record.version, record.replaced) == ("refused", version, "1")
        assert (record.forced, record.reason) == (False, "")
        assert [check.name for check in record.checks] == ["evaluation"]
        assert "pickle" in record.checks[0].finding
    assert str(find_champion("unloadable").version) == "1"
    told = capsys.readouterr().out
    assert "FAILED: evaluation: " in told
    assert f"version {version} did not pass the gate: version 1 stays champion" in told
    assert MlflowClient().get_model_version("unloadable", version).tags["gate"] == "failed: evaluation"


def test_a_champion_whose_artifacts_are_gone_is_replaced_with_a_reason_alone(narrow, quick, policy, capsys):
    train(narrow, "orphaned", Settings(), policy, quick)
    client = MlflowClient()
    gone = str(client.create_model_version("orphaned", source="file:///nowhere").version)
    client.set_registered_model_alias("orphaned", "champion", gone)

    assert not promote(narrow, "orphaned", Settings(), policy, "1")
    assert "FAILED: comparison with the champion" in capsys.readouterr().out
    assert promote(narrow, "orphaned", Settings(), policy, "1", request=Request(force="its artifacts are gone"))

    assert str(find_champion("orphaned").version) == "1"
    record = next(filed("orphaned")).record
    assert (record.forced, record.replaced, record.reason) == (True, gone, "its artifacts are gone")
    failed = [check.name for check in record.checks if not check.passed]
    assert failed == ["comparison with the champion", "contract against the champion"]
