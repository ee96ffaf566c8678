"""A judgement: whatever keeps a version from deciding the clients is a failed check, not an error without a record."""

from types import SimpleNamespace

import pytest

from steps.gate.assessment import Groups
from steps.gate.check import verdict_of
from steps.registry import judgement
from steps.registry.judgement import judge
from steps.run.console import UserError
from steps.run.settings import Settings
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY

GOOD = evaluation_of(*calibrated_clients(2_000))
CANDIDATE, CHAMPION = (SimpleNamespace(name="lender", version=number) for number in (2, 1))


@pytest.fixture
def evaluations(monkeypatch) -> dict[str, object]:
    """The evaluation of each version by its URI, or why there is none; without servers."""
    by_uri = {"models:/lender/2": GOOD, "models:/lender/1": GOOD}

    def evaluate(uri, *_):
        if isinstance(by_uri[uri], UserError):
            raise by_uri[uri]
        return by_uri[uri]

    monkeypatch.setattr(judgement, "evaluate_model", evaluate)
    monkeypatch.setattr(judgement, "groups_of", lambda *_: Groups())
    monkeypatch.setattr(judgement, "check_version", lambda *_: verdict_of([], {}))
    return by_uri


def judged(champion=CHAMPION, evaluation=None):
    return judge(CANDIDATE, champion, None, None, POLICY, Settings(bootstraps=100), evaluation)


def checks(found) -> dict[str, bool]:
    return {check.name: check.passed for check in found.verdict.checks}


def test_a_version_that_decides_is_compared_on_the_same_clients(evaluations):
    found = judged()

    assert checks(found)["evaluation"]
    assert "cost against the champion" in checks(found)
    assert found.evaluation is GOOD
    assert found.verdict.checks[0].found == "2,000 clients decided by the version's own code"


def test_a_version_that_decides_no_client_fails_and_nothing_else_is_asked(evaluations):
    evaluations["models:/lender/2"] = UserError("models:/lender/2 cannot be loaded: it has a pickle")

    found = judged()

    assert checks(found) == {"evaluation": False}
    assert found.evaluation is None
    (check,) = found.verdict.checks
    assert check.finding == ("models:/lender/2 cannot be loaded: it has a pickle, each held-out client, without pickle")
    assert "no reason overrules this" in check.advice


def test_a_champion_that_decides_no_client_fails_the_comparison_alone(evaluations):
    evaluations["models:/lender/1"] = UserError("models:/lender/1: its artifacts are gone")

    found = judged()

    failed = [name for name, passed in checks(found).items() if not passed]
    assert failed == ["comparison with the champion"]
    assert "ranking" in checks(found)
    assert "cost against the champion" not in checks(found)
    assert not any("there is no champion" in each for each in found.verdict.left_out)
    assert "rollback" in next(check.advice for check in found.verdict.checks if not check.passed)
    assert found.evaluation is GOOD


def test_without_a_champion_the_verdict_says_what_was_left_out(evaluations):
    assert any("there is no champion to compare" in each for each in judged(champion=None).verdict.left_out)


def test_an_evaluation_of_before_is_not_made_again(evaluations):
    del evaluations["models:/lender/2"]

    assert judged(evaluation=GOOD).evaluation is GOOD
