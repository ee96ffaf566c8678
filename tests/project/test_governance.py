"""Governance through the commands: a dry run, a forced promotion, an approval by another, a rollback, the ledger."""

import subprocess

import pytest
from mlflow import MlflowClient

from steps.ledger.chain import problems
from steps.ledger.records import filed
from steps.promote import Request, promote
from steps.registry.versions import find_champion
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.train import train
from testing.forked import run_forked

pytestmark = pytest.mark.slow

NAME = "governed"
WEAK = '{"rounds": 3, "patience": 3, "learning_rate": 0.001, "num_leaves": 2}'


@pytest.fixture(scope="module")
def versions(narrow, quick, policy) -> tuple[str, str, str]:
    """A version that is champion, its twin, and a weak one."""
    numbers = tuple(str(train(narrow, NAME, Settings(), policy, params).version) for params in (quick, quick, WEAK))
    assert promote(narrow, NAME, Settings(), policy, numbers[0])
    return numbers


def champion() -> str:
    return str(find_champion(NAME).version)


def latest():
    return next(filed(NAME)).record


def asking_approval(policy: Policy, approvals: int) -> Policy:
    return policy.model_copy(update={"promotion": policy.promotion.model_copy(update={"approvals": approvals})})


def command(module: str, *options: str, who: str = "maria") -> subprocess.CompletedProcess[str]:
    return run_forked("-m", f"steps.{module}", "--model-name", NAME, *options, MLFLOW_TRACKING_USERNAME=who)


def test_a_dry_run_judges_moves_nothing_and_leaves_no_record(narrow, policy, versions, capsys):
    _, _, weak = versions
    before, records = champion(), len(list(filed(NAME)))

    assert not promote(narrow, NAME, Settings(), policy, weak, request=Request(dry_run=True))

    told = capsys.readouterr().out
    assert "FAILED: cost against the champion" in told
    assert f"version {weak} would not pass the gate; nothing moved and nothing is on record" in told
    assert (champion(), len(list(filed(NAME)))) == (before, records)
    assert "gate" not in MlflowClient().get_model_version(NAME, weak).tags


def test_a_refusal_is_on_record_with_the_figures_of_every_check(narrow, policy, versions):
    _, _, weak = versions

    assert not promote(narrow, NAME, Settings(), policy, weak)

    record = latest()
    assert (record.event, record.outcome, record.version, record.replaced) == ("promotion", "refused", weak, champion())
    assert "AUC against the champion" in [check.name for check in record.checks if not check.passed]
    assert record.figures["auc_decrease"] > 0
    assert set(record.data) == {*narrow.lineage.sources, "feature table"}
    assert all(len(digest) == 64 for digest in (*record.data.values(), record.policy))
    run = MlflowClient().get_run(record.run).data
    assert run.tags["promoted"] == "false"
    assert {name: run.metrics[name] for name in record.figures} == record.figures


def test_a_reason_that_overrules_nothing_is_said_not_to_be_on_record(narrow, policy, versions, capsys):
    _, twin, _ = versions

    assert promote(narrow, NAME, Settings(), policy, twin, request=Request(dry_run=True, force="to be sure"))

    assert "`force` overrules nothing, and its reason is not on record" in capsys.readouterr().out


def test_a_forced_promotion_is_recorded_as_forced_with_its_reason(narrow, policy, versions, capsys):
    first, _, weak = versions
    before = champion()

    assert promote(narrow, NAME, Settings(), policy, weak, request=Request(force="the others are recalled"))

    assert champion() == weak
    record = latest()
    assert (record.forced, record.reason, record.replaced) == (True, "the others are recalled", before)
    assert "is champion, forced: the others are recalled" in capsys.readouterr().out
    assert command("rollback", "--version", first, "--reason", "recall withdrawn").returncode == 0
    assert champion() == first


def test_a_version_that_passed_waits_for_another_person(narrow, policy, versions, capsys, monkeypatch):
    first, twin, _ = versions
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "olga")
    assert champion() == first
    demanding = asking_approval(policy, 1)

    assert promote(narrow, NAME, Settings(), demanding, twin)

    assert champion() == first
    assert f"version {twin} waits for the approval of another person" in capsys.readouterr().out
    own = command("approve", "--version", twin, who="olga")
    assert (own.returncode, "was promoted by olga" in own.stderr) == (2, True)
    # The command reads the project's own policy.yaml, by whose numbers this version was not judged.
    other = command("approve", "--version", twin)
    assert (other.returncode, "policy.yaml has changed since: promote it again" in other.stderr) == (2, True)
    assert champion() == first


def test_a_rollback_takes_the_champion_before_and_needs_a_reason(versions, narrow, policy):
    _, twin, _ = versions
    if champion() != twin:
        assert promote(narrow, NAME, Settings(), policy, twin)
    before = latest().replaced

    unexplained = command("rollback")
    explained = command("rollback", "--reason", "refusals doubled since Monday")

    assert (unexplained.returncode, "reason: expected a reason" in unexplained.stderr) == (2, True)
    assert explained.returncode == 0, explained.stderr[-2_000:]
    assert explained.stdout.splitlines()[-1] == (
        f"  {NAME} version {before} is champion again in place of version {twin}"
    )
    assert champion() == before
    assert MlflowClient().get_model_version(NAME, before).current_stage == "Production"
    record = latest()
    assert (record.who, record.event, record.reason) == ("maria", "rollback", "refusals doubled since Monday")


def test_the_history_has_all_of_it_and_its_chain_is_whole(versions):
    printed = command("history", "--verify", "true")

    assert printed.returncode == 0, printed.stderr[-2_000:]
    assert "whole: " in printed.stdout.splitlines()[-1]
    assert len(printed.stdout.splitlines()) == len(list(filed(NAME))) + 2
    assert list(problems(NAME, list(filed(NAME)))) == []
