"""A version under another policy, without training: in a real registry, through the gate, and from a real server."""

import signal

import mlflow
import pandas as pd
import pytest
import requests
from mlflow import MlflowClient

import steps.policy
from custom_model.costs import Costs
from custom_model.points import ScoreScale
from steps.evaluate import evaluate
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.evaluation.seen_clients import was_trained_on
from steps.ledger.records import Event, Outcome, records
from steps.policy import change_policy
from steps.promote import promote
from steps.registry.reference_reading import read_reference, reference_from_table
from steps.registry.versions import find_champion, find_version
from steps.run.console import UserError
from steps.run.policy import Sentences
from steps.run.settings import Settings
from steps.train import train
from testing.forked import run_forked
from testing.forked_servers import hardened_server
from tests.crowned import crowned

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_commands")]

MODEL = "repriced"
WORDED = "The scores, as we call them, are low"
EXTERNAL = [f"EXT_SOURCE_{name}" for name in ("1", "2", "3", "MEAN", "MIN", "MAX", "WEIGHTED", "PRODUCT")]
SCALE = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)
# Once `mlflow.register_model` or the first tag of the finished version would be written, the process is killed.
KILLED = """
import os, signal, sys
import mlflow
from mlflow import MlflowClient
from pathlib import Path
from steps.policy import change_policy
from steps.run.policy import Policy
from steps.run.settings import Settings
owner = {"register_model": mlflow, "set_model_version_tag": MlflowClient}[sys.argv[2]]
setattr(owner, sys.argv[2], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
change_policy(sys.argv[3], "1", Settings(), Policy.model_validate_json(Path(sys.argv[1]).read_text()))
"""


@pytest.fixture(scope="module")
def trained(table, quick, policy):
    """Version 1, which is champion."""
    return crowned(MODEL, train(table, MODEL, Settings(), policy, quick))


@pytest.fixture(scope="module")
def dearer(policy):
    """The policy with other costs, a review, a score, a sentence of its own, and one more required field."""
    return policy.model_copy(
        update={
            "costs": Costs(false_negative=4, false_positive=1, review=0.5),
            "score": SCALE,
            "required_fields": (*policy.required_fields, "AMT_GOODS_PRICE"),
            "wording": {name: Sentences(low=WORDED) for name in EXTERNAL},
        }
    )


@pytest.fixture(scope="module")
def version(trained, dearer):
    """Version 2: version 1 under that policy."""
    return change_policy(MODEL, "1", Settings(), dearer)


def versions_of(name: str) -> set[str]:
    return {str(each.version) for each in MlflowClient().search_model_versions(f"name = '{name}'")}


def decisions(number: int, clients: pd.DataFrame) -> pd.DataFrame:
    return score_in_subprocess(f"models:/{MODEL}/{number}", clients).decisions


def test_all_clients_have_the_same_scores_bit_for_bit_under_another_threshold(trained, version, table):
    before, after = (decisions(number, table.applications) for number in (trained.version, version))

    assert len(after) == 2_500
    assert (before["probability_of_default"] == after["probability_of_default"]).all()
    assert set(before["threshold"]) == {1 / 11}
    assert set(after["threshold"]) == {1 / 5}
    assert set(after["decision"]) == {"granted", "refused", "referred"}


def test_the_version_says_which_one_it_is_of_and_its_run_links_to_it(trained, version):
    client = MlflowClient()
    found = client.get_model_version(MODEL, str(version))
    run = client.get_run(found.run_id)

    assert found.tags["policy.of"] == found.tags["policy.trained_as"] == str(trained.version)
    assert found.tags["threshold"] == "0.2000"
    assert f"Version {trained.version} under another policy, without training" in found.description
    assert run.info.run_name == f"policy {MODEL}/{trained.version}"
    assert run.data.tags["policy.of_run"] == trained.run_id
    assert f"#/models/{MODEL}/versions/{trained.version}" in run.data.tags["mlflow.note.content"]
    assert trained.run_id in run.data.tags["mlflow.note.content"]


def test_the_ledger_has_the_change_with_what_it_came_from(trained, version):
    (entry,) = [each for each in records(MODEL) if each.event is Event.policy and each.version == str(version)]

    assert (entry.outcome, entry.source) == (Outcome.registered, f"models:/{MODEL}/{trained.version}")
    assert "costs 4 : 1" in entry.reason
    assert len(entry.policy) == 64


def test_evaluation_knows_which_clients_its_training_has_seen(version, table):
    assert was_trained_on(f"models:/{MODEL}/{version}", table, Settings()) is True
    inputs = MlflowClient().get_run(MlflowClient().get_model_version(MODEL, str(version)).run_id).inputs
    assert [tag.value for each in inputs.dataset_inputs for tag in each.tags] == ["training"]


def test_its_report_knows_the_training_the_points_the_reviews_and_the_price_of_an_attribute(
    trained, version, table, dearer
):
    evaluate(f"models:/{MODEL}/{version}", table, Settings(), dearer, fairness_price=True)

    run = MlflowClient().get_model_version(MODEL, str(version)).tags["report"]
    document = mlflow.artifacts.load_dict(f"runs:/{run}/report.json")
    assert document["facts"]["training"]["run_id"] == trained.run_id
    assert document["facts"]["score"] == SCALE.model_dump()
    assert document["stability"]["score"]["index"] < 0.25
    (age,) = document["price"]["refits"]  # the version uses neither sex nor family status
    assert age["left_out"] == ["DAYS_BIRTH"]
    assert age["features"] < document["price"]["features"] == document["drivers"]["features"]
    confusion = document["threshold"]["confusion"]
    assert confusion["cost_of_reviews"] > 0
    paid = sum(value for name, value in confusion.items() if name.startswith("cost_of_"))
    assert paid == pytest.approx(document["discrimination"]["figures"]["cost"]["value"] * document["facts"]["clients"])
    card = mlflow.artifacts.load_text(f"runs:/{run}/model_card.md")
    assert "1 / (1 + 4) (Elkan 2001)" in card
    assert "Never used: `CODE_GENDER`, `NAME_FAMILY_STATUS`." in card


def test_it_goes_through_the_gate_and_is_served_with_the_new_policy(trained, version, table, dearer, complete):
    refusable = complete[complete["AMT_GOODS_PRICE"].notna()].head(60)
    plain = refusable.astype(object).where(refusable.notna(), None).to_dict(orient="records")
    expected = decisions(trained.version, refusable)["probability_of_default"].tolist()
    held_out_gate = dearer.model_copy(
        update={"promotion": dearer.promotion.model_copy(update={"worst_cost_increase": 1.0})}
    )

    assert promote(table, MODEL, Settings(), held_out_gate, str(version))
    assert int(find_champion(MODEL).version) == version
    with hardened_server(f"models:/{MODEL}@champion", SHOW_DOCS="true") as url:
        answer = requests.post(
            f"{url}/invocations", json={"inputs": plain, "params": {"reasons": "all"}}, timeout=60
        ).json()["predictions"]
        without = {**plain[0], "AMT_GOODS_PRICE": None}
        rejected = requests.post(f"{url}/invocations", json={"inputs": [without]}, timeout=60)
        schema = requests.get(f"{url}/openapi.json", timeout=60).json()["components"]["schemas"]["Decision"]

    assert [each["probability_of_default"] for each in answer] == expected
    assert {each["threshold"] for each in answer} == {1 / 5}
    assert {each["model"] for each in answer} == {f"{MODEL}/{version}"}
    assert [each["score"] for each in answer] == [SCALE.points(each) for each in expected]
    reviewed = [each for each in answer if each["policy_rules"] == ["costs: review"]]
    assert reviewed
    for each in reviewed:
        assert each["decision"] == "referred"
        assert min(each["expected_cost_granted"], each["expected_cost_refused"]) > 0.5
    external = [reason for each in answer for reason in each["reasons"] if reason["feature"] in EXTERNAL]
    assert {reason["text"] for reason in external} == {WORDED}
    assert rejected.status_code == 400
    assert rejected.json()["problems"][0]["field"] == "AMT_GOODS_PRICE"
    assert "score" in schema["required"]
    assert "higher for a lower risk" in schema["properties"]["score"]["description"]


def test_the_version_before_has_no_score_in_its_answers(trained, complete):
    model = mlflow.pyfunc.load_model(trained.uri)

    assert "score" not in model.predict(complete.head(2))


def test_the_former_policy_gives_the_former_decisions_back(trained, version, policy, table):
    third = change_policy(MODEL, str(version), Settings(), policy)

    before, after = (decisions(number, table.applications) for number in (trained.version, third))
    pd.testing.assert_frame_equal(
        *(each.drop(columns=["model", "decision_id"]) for each in (before, after)), check_exact=True
    )
    tags = MlflowClient().get_model_version(MODEL, str(third)).tags
    assert (tags["policy.of"], tags["policy.trained_as"]) == (str(version), str(trained.version))


def test_a_policy_that_changes_nothing_makes_no_version(trained, version, policy, dearer, capsys):
    there = versions_of(MODEL)

    assert change_policy(MODEL, str(trained.version), Settings(), policy) is None
    assert f"{MODEL} version {trained.version} has this policy already: no new version" in capsys.readouterr().out
    assert change_policy(MODEL, str(trained.version), Settings(), dearer) == version
    assert (
        f"version {version} is {MODEL} version {trained.version} under this policy already" in capsys.readouterr().out
    )
    assert versions_of(MODEL) == there


def test_of_two_equal_changes_at_once_the_second_finds_the_version_of_the_first(
    trained, version, dearer, monkeypatch, capsys
):
    there, real = versions_of(MODEL), steps.policy.find_equal
    first_look = iter([None])  # as before the other has registered its version
    monkeypatch.setattr(steps.policy, "find_equal", lambda *asked: next(first_look, real(*asked)))

    assert change_policy(MODEL, "1", Settings(), dearer) == version

    assert f"version {version} is {MODEL} version 1 under this policy already" in capsys.readouterr().out
    assert versions_of(MODEL) == there
    assert len([each for each in records(MODEL) if each.event is Event.policy and each.version == str(version)]) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"excluded_fields": ()}, "excluded_fields: none now, CODE_GENDER, NAME_FAMILY_STATUS then"),
        ({"monotonic": {}}, r"monotonic: none now, .* then"),
        ({"required_fields": ("AMT_CREDT",)}, "required_fields: no field AMT_CREDT .*did you mean AMT_CREDIT"),
        ({"wording": {"CODE_GENDR": Sentences(low="x")}}, "wording: no field CODE_GENDR .*did you mean CODE_GENDER"),
        (
            {"wording": {"NAME_INCOME_TYPE": Sentences(values={"Astronaut": "x"})}},
            "NAME_INCOME_TYPE is never 'Astronaut'",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_a_policy_cannot_change_makes_no_version(trained, version, dearer, changes, message):
    there = versions_of(MODEL)

    with pytest.raises(UserError, match=message):
        change_policy(MODEL, "1", Settings(), dearer.model_copy(update=changes))

    assert versions_of(MODEL) == there


def test_without_a_champion_a_version_must_be_named(dearer):
    MlflowClient().create_registered_model("nobodys")
    with pytest.raises(UserError, match="nobodys has no versions: register one"):
        change_policy("nobodys", "", Settings(), dearer)

    MlflowClient().create_model_version("nobodys", "runs:/0/model")
    with pytest.raises(UserError, match="nobodys has no champion to start from: name one, as -P version=1"):
        change_policy("nobodys", "", Settings(), dearer)


def test_a_version_without_a_record_of_its_training_is_not_taken_on_trust(trained, dearer):
    client = MlflowClient()
    source = client.get_model_version(MODEL, str(trained.version)).source
    run = client.create_run(client.get_experiment_by_name("credit-scoring").experiment_id)
    client.create_registered_model("unrecorded")
    client.create_model_version("unrecorded", source, run.info.run_id)

    try:
        with pytest.raises(UserError, match=r"unrecorded version 1 has no record of the policy .* Train a new version"):
            change_policy("unrecorded", "1", Settings(), dearer)
        assert versions_of("unrecorded") == {"1"}
    finally:
        client.delete_registered_model("unrecorded")  # a copy: the model would have two names


@pytest.mark.parametrize(("moment", "is_there"), [("register_model", False), ("set_model_version_tag", True)])
def test_a_killed_change_leaves_no_half_version(trained, dearer, tmp_path, table, moment, is_there):
    client, name = MlflowClient(), f"killed-{moment.split('_')[0]}-policy"
    source = client.get_model_version(MODEL, str(trained.version))
    client.create_registered_model(name)
    client.create_model_version(name, source.source, source.run_id, tags=dict(source.tags))
    (tmp_path / "policy.json").write_text(dearer.model_dump_json())

    ended = run_forked("-c", KILLED, tmp_path / "policy.json", moment, name)

    try:
        assert ended.returncode == -signal.SIGKILL, ended.stderr[-2_000:]
        assert versions_of(name) == ({"1", "2"} if is_there else {"1"})
        # A version that is there is whole; the same command finds it, or makes it.
        assert change_policy(name, "1", Settings(), dearer) == 2
        found = client.get_model_version(name, "2")
        assert found.tags["policy.of"] == "1"
        assert found.tags["threshold"] == "0.2000"
        assert "Version 1 under another policy, without training" in found.description
        scored = score_in_subprocess(f"models:/{name}/2", table.applications.head(50)).decisions
        assert set(scored["threshold"]) == {1 / 5}
    finally:
        client.delete_registered_model(name)


def test_the_reference_comes_along_with_the_decisions_of_the_new_costs(trained, version, dearer, table):
    former, changed = (find_version(MODEL, each) for each in ("1", str(version)))

    carried, again = read_reference(changed), reference_from_table(changed, table, Settings(), dearer)

    assert carried.threshold == again.threshold == 0.2
    assert "by their scores at the costs 4 : 1" in carried.source
    clients = again.decided.clients
    for outcome in ("granted", "refused", "referred"):
        assert carried.decided.outcomes[outcome] == pytest.approx(again.decided.outcomes[outcome], abs=0.01 * clients)
    assert carried.decided.expected_cost == pytest.approx(again.decided.expected_cost, rel=0.03)
    credit = read_reference(former).fields["AMT_CREDIT"]
    assert carried.fields["AMT_CREDIT"].counts.tolist() == credit.counts.tolist()
