"""What the registry says of a version, after each step that adds to it."""

from dataclasses import replace

import pytest
from mlflow import MlflowClient
from mlflow.store.model_registry.dbmodels.models import SqlModelVersion

from custom_model.costs import Costs
from steps.evaluation.report.record import CARD
from steps.gate.check import Check, Verdict
from steps.registry.version_record import (
    LONGEST_DESCRIPTION,
    MODEL_DESCRIPTION,
    REPORT,
    gate_facts,
    held_out_facts,
    policy_facts,
    record,
    training_facts,
)
from steps.registry.versions import find_equal
from tests.unit.steps.evaluations import COSTS, calibrated_clients, evaluation_of

pytestmark = pytest.mark.slow  # a real registry for each test

EVALUATION = evaluation_of(*calibrated_clients(600))
FACTS = training_facts("lender", "c0ffee12", EVALUATION.quality, COSTS, 12, "feed")
AUC = f"{EVALUATION.quality.figures['auc']:.4f}"
PASSED = Verdict((Check("calibration", True, "error 0.01"),), {})


@pytest.fixture
def version(request):
    """A version without a word about it: its model, its number, and what the registry says of it."""
    client, name = MlflowClient(), request.node.name
    run = client.create_run(client.get_experiment_by_name("credit-scoring").experiment_id, run_name="train lender")
    client.create_registered_model(name)
    number = client.create_model_version(name, "file:///nowhere", run_id=run.info.run_id).version
    return name, number, lambda: client.get_model_version(name, number)


def test_a_trained_version_tells_its_data_its_figures_and_its_policy(version):
    name, number, found = version

    record(name, number, FACTS)

    tags, text = found().tags, found().description
    assert tags["data"] == "lender"
    assert tags["data.digest"] == "c0ffee12"
    assert tags["clients"] == "600"
    assert tags["oof_auc"] == AUC
    low, high = EVALUATION.quality.intervals["auc"]
    assert tags["oof_auc_95"] == f"{low:.4f} to {high:.4f}"
    assert tags["threshold"] == "0.0909"
    first = text.splitlines()[0]
    assert first == f"Data lender (c0ffee12); AUC {AUC} out of fold."
    assert "a missed default costs 10, a good client refused 1" in text
    experiment = MlflowClient().get_experiment_by_name("credit-scoring").experiment_id
    assert f"[train lender](#/experiments/{experiment}/runs/{found().run_id})" in text


def test_the_first_line_answers_which_data_how_good_and_why_there(version):
    name, number, found = version

    for facts in (FACTS, held_out_facts(EVALUATION), gate_facts(PASSED)):
        record(name, number, facts)

    first = found().description.splitlines()[0]
    assert first == f"Data lender (c0ffee12); AUC {AUC} out of fold, {AUC} held out; gate passed."
    assert found().tags["holdout_clients"] == "600"


def test_a_version_that_failed_the_gate_says_by_which_checks():
    failed = (Check("calibration", False, "error 0.2"), Check("business score", False, "-0.1"))

    assert gate_facts(replace(PASSED, checks=(*PASSED.checks, *failed))) == {
        "gate": "failed: calibration, business score"
    }
    assert gate_facts(replace(PASSED, checks=(*PASSED.checks, *failed)), forced=True) == {
        "gate": "failed: calibration, business score; forced"
    }


def test_a_description_that_somebody_wrote_stays(version):
    name, number, found = version
    record(name, number, FACTS)
    MlflowClient().update_model_version(name, number, "Ours since May.")

    record(name, number, gate_facts(PASSED))

    assert found().description == "Ours since May."
    assert found().tags["gate"] == "passed"


def test_a_version_trained_elsewhere_gets_tags_and_no_half_description(version):
    name, number, found = version

    record(name, number, gate_facts(PASSED))

    assert found().tags == {"gate": "passed"}
    assert not found().description


def test_the_model_is_described_once(version):
    name, number, _ = version
    client = MlflowClient()

    record(name, number, FACTS)
    assert client.get_registered_model(name).description == MODEL_DESCRIPTION
    client.update_registered_model(name, "Ours.")
    record(name, number, FACTS)

    assert client.get_registered_model(name).description == "Ours."


def test_an_equal_version_whose_model_is_gone_is_none(version):
    name, number, _ = version
    record(name, number, FACTS)

    assert find_equal(name, "inputs", "feed") is None  # file:///nowhere
    assert find_equal(name, "inputs", "other") is None
    assert find_equal("nobody", "inputs", "feed") is None


REPRICED = Costs(false_negative=4, false_positive=1, review=0.5)


def test_a_version_under_another_policy_says_of_which_and_what_changed(version):
    name, number, found = version
    facts = policy_facts(FACTS, "7", COSTS, REPRICED, ("costs 4 : 1", "required: job"), "beef")

    record(name, number, facts)

    tags, text = found().tags, found().description
    assert (tags["policy.of"], tags["policy.trained_as"], tags["inputs"]) == ("7", "7", "beef")
    assert tags["threshold"] == "0.2000"
    assert "Version 7 under another policy, without training. Costs 4 : 1; required: job." in text
    assert "a missed default costs 4, a good client refused 1, a review 0.5" in text
    assert text.splitlines()[0] == f"Data lender (c0ffee12); AUC {AUC} out of fold."


def test_figures_of_money_are_not_carried_over_to_other_costs(version):
    name, number, found = version

    record(name, number, policy_facts(FACTS, "7", COSTS, REPRICED, ("costs 4 : 1",), "beef"))

    assert not {"oof_cost", "oof_cost_95", "oof_business_score", "oof_business_score_95"} & set(found().tags)
    assert "not measured | not measured" in " ".join(found().description.split())


def test_figures_of_money_are_carried_over_under_the_same_costs():
    facts = policy_facts(FACTS, "7", COSTS, COSTS, ("required: job",), "beef")

    assert {name: value for name, value in facts.items() if name.startswith("oof_")} == {
        name: value for name, value in FACTS.items() if name.startswith("oof_")
    }


def test_a_version_remembers_which_training_it_is_of_over_several_changes():
    second = policy_facts(FACTS, "7", COSTS, REPRICED, ("costs 4 : 1",), "beef")

    third = policy_facts({**second, "gate": "passed"}, "8", REPRICED, COSTS, ("costs 10 : 1",), "cafe")

    assert (third["policy.of"], third["policy.trained_as"]) == ("8", "7")
    assert "gate" not in third
    assert "costs.review" not in third


def test_a_version_of_one_without_facts_of_its_training_has_its_origin_and_no_half_description(version):
    name, number, found = version

    record(name, number, policy_facts({}, "7", COSTS, REPRICED, ("costs 4 : 1",), "beef"))

    assert found().tags["policy.of"] == "7"
    assert not found().description


@pytest.fixture
def reported(version):
    """The version with the facts of its training, and a run with the model documentation of a report."""

    def report(card: str) -> str:
        client = MlflowClient()
        run = client.create_run(client.get_experiment_by_name("credit-scoring").experiment_id)
        client.log_text(run.info.run_id, card, CARD)
        return run.info.run_id

    record(*version[:2], FACTS)
    return *version, report


def test_a_report_is_linked_from_the_version_and_its_documentation_is_in_the_description(reported):
    name, number, found, report = reported
    before = found().description
    run_id = report("# `lender/1`\n\n## Purpose\n\n- Decisions.\n")

    record(name, number, {REPORT: run_id})

    text = found().description
    assert text.startswith(before)
    assert f"/runs/{run_id}/artifacts/report.html)" in text
    assert text.endswith("### Purpose\n\n- Decisions.")
    assert found().tags[REPORT] == run_id


def test_a_later_step_keeps_the_documentation_in_the_description(reported):
    name, number, found, report = reported
    record(name, number, {REPORT: report("# `lender/1`\n\n## Purpose\n\n- Decisions.\n")})

    record(name, number, gate_facts(PASSED))

    first, *_ = found().description.splitlines()
    assert first.endswith("gate passed.")
    assert found().description.endswith("### Purpose\n\n- Decisions.")


def test_a_new_report_takes_the_place_of_the_old_one(reported):
    name, number, found, report = reported
    record(name, number, {REPORT: report("# `lender/1`\n\n## Purpose\n\n- Old.\n")})

    record(name, number, {REPORT: report("# `lender/1`\n\n## Purpose\n\n- New.\n")})

    assert "- Old." not in found().description
    assert found().description.endswith("- New.")


def test_a_description_is_no_longer_than_mlflows_stores_keep(reported):
    name, number, found, report = reported

    record(name, number, {REPORT: report("# `lender/1`\n\n## Purpose\n\n" + "- A sentence.\n" * 1_000)})

    assert len(found().description) <= LONGEST_DESCRIPTION == SqlModelVersion.description.type.length
    assert found().description.endswith("has the whole.)")
    record(name, number, gate_facts(PASSED))  # the shortened one is still known as written here
    assert found().description.splitlines()[0].endswith("gate passed.")


def test_a_report_whose_run_is_gone_leaves_the_description_of_the_training(reported):
    name, number, found, _ = reported
    before = found().description

    record(name, number, {REPORT: "0" * 32})

    assert found().description == before
