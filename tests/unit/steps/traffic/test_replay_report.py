"""The report of a replay: every figure re-derived from the decisions, and no client's own."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from custom_model.costs import Costs
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.page import render_page
from steps.evaluation.report.pictures import png
from steps.run.console import UserError
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.traffic.comparison import GRANTED, NOT_DECIDED, REFERRED, REFUSED, Decisions
from steps.traffic.outcomes import outcomes_of, read_outcomes
from steps.traffic.report.approvals import approvals
from steps.traffic.report.facts import facts
from steps.traffic.report.groups import fields_of, groups
from steps.traffic.report.report import build_replay_report, score_picture
from steps.traffic.report.scores import scores
from steps.traffic.report.swap_set import swap_set

pytestmark = pytest.mark.slow

COSTS = Costs(false_negative=10, false_positive=1)


@pytest.fixture
def policy():
    """policy.yaml with segments that the tests' contract has fields of."""
    policy = read_policy()
    kept = {name: each for name, each in policy.segments.items() if each.by in ("history", "NAME_CONTRACT_TYPE")}
    return policy.model_copy(update={"segments": kept, "protected_attributes": ("CODE_GENDER", "DAYS_BIRTH", "X")})


@pytest.fixture
def report(traffic, stricter, again, policy, contract):
    """Of a stricter version."""
    comparison = again(traffic, stricter, tuple(fields_of(policy, contract.model_dump())))
    found = facts(comparison, "models:/credit-scoring/2", "decisions.db", traffic.span, "2")
    return comparison, build_replay_report(
        comparison, found, policy, Settings(), contract.model_dump(), {}, outcomes=None
    )


def test_the_approvals_are_the_shares_granted_and_each_decision_is_in_one_cell(report):
    comparison, found = report

    then, now = comparison.then.outcome, comparison.now.outcome
    assert found.approvals.then == np.mean(then == GRANTED)
    assert found.approvals.now == np.mean(now == GRANTED)
    assert found.approvals.change.value == pytest.approx(np.mean(now == GRANTED) - np.mean(then == GRANTED))
    assert found.approvals.change.low < found.approvals.change.value < found.approvals.change.high < 0
    cells = [count for row in found.approvals.moved.values() for count in row.values()]
    assert sum(cells) == len(comparison)
    assert found.approvals.moved["granted"]["refused"] == np.sum((then == GRANTED) & (now == REFUSED))


def test_requests_that_the_contract_refuses_are_in_no_share(traffic, changed, again):
    comparison = again(traffic, changed({"required": ("AMT_INCOME_TOTAL", "AMT_CREDIT", "EXT_SOURCE_1")}))

    found = approvals(comparison, 0)

    decided = comparison.now.outcome != NOT_DECIDED
    assert found.requests == decided.sum() < len(comparison)
    assert found.then == np.mean(comparison.then.outcome[decided] == GRANTED)
    assert found.change.value == 0


def test_the_expected_cost_is_10_p_of_a_grant_and_1_less_p_of_a_refusal(report, policy):
    comparison, found = report

    def cost(decisions):
        p = decisions.probability
        return np.where(decisions.outcome == GRANTED, 10 * p, 1 - p)

    assert policy.costs == COSTS
    assert found.swap_set.cost_then == pytest.approx(cost(comparison.then).mean())
    assert found.swap_set.cost_now == pytest.approx(cost(comparison.now).mean())
    # The same probabilities at another threshold than the costs': dearer by each client between both.
    assert found.swap_set.cost_change.low > 0
    swapped = found.swap_set.swapped[0]
    between = (comparison.then.outcome == GRANTED) & (comparison.now.outcome == REFUSED)
    p = comparison.then.probability[between]
    assert swapped.requests == between.sum() >= 20
    assert swapped.cost_change_then == pytest.approx(np.sum(1 - p - 10 * p))
    assert swapped.cost_change_now == pytest.approx(swapped.cost_change_then)
    assert (swapped.known, swapped.realised) == (0, None)


def test_a_dearer_candidate_asks_for_attention_and_other_costs_are_named(report):
    _, found = report

    blocks = found.swap_set.shown().blocks

    assert blocks[0].is_warning
    assert "dearer beyond doubt" in blocks[0].text
    assert "refuses from 0.0323 on, where today's costs would from 0.0909" in blocks[1].text  # 1/31 and 1/11


def test_a_candidate_that_decides_alike_is_neither_dearer_nor_of_other_costs(traffic, same, again):
    found = swap_set(again(traffic, same), COSTS, None)

    warnings = [block for block in found.shown().blocks if getattr(block, "is_warning", False)]
    assert found.verdict == "these requests cannot tell which is cheaper"
    assert warnings == []
    assert "made for other costs" not in found.shown().blocks[1].text


def test_a_referral_that_costs_a_look_is_said_to_cost_no_wrong_decision(traffic, same, again):
    reviewed = Costs(false_negative=10, false_positive=1, review=0.3)
    comparison = again(traffic, same)

    with_review, without = (swap_set(comparison, costs, None).shown().blocks for costs in (reviewed, COSTS))

    assert "0.3 for a person's look" in with_review[1].text
    assert "as if the person always decided rightly" in with_review[1].text
    assert "always decided rightly" not in without[1].text


def test_the_head_has_the_period_of_the_decisions_and_what_was_found(report):
    comparison, found = report

    head = dict(found.summary)

    first, last = comparison.period
    assert head["Decided"] == f"{first:%Y-%m-%d %H:%M} UTC to {last:%Y-%m-%d %H:%M} UTC"
    assert head["Approvals"].startswith(f"{found.approvals.then:.1%} were granted and {found.approvals.now:.1%} would")
    assert f"({100 * found.approvals.change.low:+.1f} to " in head["Approvals"]  # percentage points
    assert head["Expected cost"].endswith("dearer beyond doubt")


def test_known_outcomes_give_what_the_changed_decisions_cost(traffic, stricter, again, tmp_path):
    comparison = again(traffic, stricter)
    between = comparison.then.granted & ~comparison.now.granted
    known = pd.DataFrame({"decision_id": comparison.decision_ids[between], "default": 0})
    known.loc[:2, "default"] = 1  # three who defaulted
    known.to_csv(tmp_path / "known.csv", index=False)

    found = swap_set(comparison, COSTS, outcomes_of(comparison, read_outcomes(tmp_path / "known.csv")))

    swapped = found.swapped[0]
    assert swapped.known == between.sum()
    assert swapped.default_rate.value == pytest.approx(3 / between.sum())
    # Refused now: three defaults of 10 are saved, and all others are good clients refused, 1 each.
    assert swapped.realised == (between.sum() - 3) - 30


def test_a_referred_client_costs_a_review_where_that_has_a_cost():
    decisions = Decisions(np.array([REFERRED, REFERRED]), np.array([0.2, 0.05]), np.array([1 / 11, 1 / 11]))

    assert decisions.cost(COSTS).tolist() == [0.8, 0.5]  # as the threshold would decide
    assert decisions.cost(Costs(false_negative=10, false_positive=1, review=0.3)).tolist() == [0.3, 0.3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decision_id,outcome\na,1\n", "expected a CSV or Parquet file with the columns default"),
        ("id,default\na,1\n", "decision_id or client_id"),
        ("client_id,default\na,2\n", "another outcome"),
        ("client_id,default\na,1\na,0\n", "one outcome for each client_id, found 1 more"),
        ("", "cannot be read"),
    ],
)
def test_outcomes_that_say_nothing_sure_are_an_error(text, expected, tmp_path):
    (tmp_path / "known.csv").write_text(text)

    with pytest.raises(UserError, match=expected):
        read_outcomes(tmp_path / "known.csv")


def test_clients_ids_of_outcomes_are_texts(tmp_path):
    (tmp_path / "known.csv").write_text("client_id,default\n007,1\n7,0\n8,\n")

    assert read_outcomes(tmp_path / "known.csv").to_dict() == {"007": 1, "7": 0}


def test_whole_numbers_that_a_missing_one_has_made_floats_are_the_ids_on_record(tmp_path):
    pd.DataFrame({"client_id": [7_310_001, None], "default": [1, 0]}).to_parquet(tmp_path / "known.parquet")

    assert read_outcomes(tmp_path / "known.parquet").to_dict() == {"7310001": 1}


def test_outcomes_of_nobody_on_record_are_said_to_be(traffic, same, again, capsys):
    comparison = again(traffic, same)

    found = outcomes_of(comparison, pd.Series([1, 0], index=pd.Index(["a", "b"], name="client_id")))

    assert np.isnan(found).all()
    assert "none of 2 outcomes has the client_id of a decision that is replayed" in capsys.readouterr().out
    outcomes_of(comparison, pd.Series([1], index=pd.Index(comparison.client_ids[:1], name="client_id")))
    assert capsys.readouterr().out == ""


def test_groups_have_the_shares_of_their_members_and_missing_fields_are_named(report, requests):
    comparison, found = report

    by_group = {(each.attribute, each.group): each for each in found.groups.groups}
    women = comparison.fields["CODE_GENDER"] == "F"
    figures = by_group["Code gender", "F"]
    assert figures.requests == women.sum()
    assert figures.then == np.mean(comparison.then.outcome[women] == GRANTED)
    assert figures.now == np.mean(comparison.now.outcome[women] == GRANTED)
    assert {attribute for attribute, _ in by_group} >= {"client", "contract type", "Code gender", "Days birth"}
    assert found.groups.lacking == ["X"]


def test_a_group_whose_approvals_fall_alone_stands_out(traffic, same, again, policy, contract):
    comparison = again(traffic, same, ("CODE_GENDER",))
    women = comparison.fields["CODE_GENDER"] == "F"
    comparison.now.outcome[women & comparison.now.granted] = REFUSED

    found = groups(comparison, policy, contract.model_dump())

    (figures,) = [each for each in found.groups if each.group == "F"]
    assert figures.stands_out
    assert figures.now == 0
    assert "Code gender F" in found.shown().blocks[0].text


def test_a_group_that_turns_as_one_while_nobody_else_does_stands_out(traffic, same, again, policy, contract):
    comparison = again(traffic, same, ("CODE_GENDER",))
    women = comparison.fields["CODE_GENDER"] == "F"
    comparison.then.outcome[women], comparison.now.outcome[women] = GRANTED, REFUSED

    (figures,) = [each for each in groups(comparison, policy, contract.model_dump()).groups if each.group == "F"]

    assert (figures.then, figures.now, figures.p) == (1, 0, 0)
    assert figures.stands_out


def test_where_no_decision_changes_no_group_has_a_p(traffic, same, again, policy, contract):
    comparison = again(traffic, same, ("CODE_GENDER",))

    assert {each.p for each in groups(comparison, policy, contract.model_dump()).groups} == {None}


def test_equal_scores_are_the_same_and_any_rising_map_correlates_fully():
    p = np.random.default_rng(0).random(400)
    granted = p < 0.1

    same, mapped = scores(p, p, granted, granted), scores(p, p**2, granted, granted)

    assert (same.same, same.correlation, same.distance) == (400, pytest.approx(1), (0, 0))
    assert mapped.correlation == pytest.approx(1)
    assert [band.requests for band in mapped.bands] == [40] * 10
    assert mapped.bands[0].then == pytest.approx(np.sort(p)[:40].mean())
    assert scores(p[:50], p[:50], granted[:50], granted[:50]).bands == []


def test_the_version_that_decided_is_shown_to_decide_alike_and_another_outcome_is_a_warning(traffic, same, again):
    comparison = again(traffic, same)

    alike = facts(comparison, "x", "log", traffic.span, "1").own
    comparison.now.outcome[0] = REFERRED
    changed = facts(comparison, "x", "log", traffic.span, "1")

    assert alike.is_same
    assert alike.decisions == len(comparison)
    assert changed.own.same_decision == len(comparison) - 1
    assert changed.shown().blocks[0].is_warning
    assert facts(comparison, "x", "log", traffic.span, "2").own.decisions == 0


def test_the_page_shows_the_figures_and_no_client(report, requests):
    comparison, found = report

    page = render_page("Replay", found.facts.summary, found.shown(), {})
    document = found.model_dump_json()

    assert "Swap set" in page
    assert f"{len(comparison):,} decisions of credit-scoring" in page
    assert json.loads(document)["approvals"]["requests"] == len(comparison)
    assert not any(identity in page or identity in document for identity in comparison.decision_ids.tolist())
    assert not any(str(each["SK_ID_CURR"]) in page + document for each in requests)


def test_reasons_of_few_decisions_are_left_out_and_of_many_counted(traffic, of_span, stricter, again, report, policy):
    _, found = report

    assert not isinstance(found.reasons, LeftOut)
    assert found.reasons.same_order == found.reasons.decisions  # the booster and its sentences are the same
    none = again(traffic, stricter, explained=0.0)
    assert len(none.reasons) == 0


@pytest.mark.parametrize("count", [1, 2, 300])
def test_the_picture_is_drawn_of_any_number_of_requests(report, count):
    comparison, _ = report
    few = replace(
        comparison,
        then=comparison.then.of(np.arange(count)),
        now=comparison.now.of(np.arange(count)),
        decision_ids=comparison.decision_ids[:count],
    )

    assert png(score_picture(few)).startswith(b"\x89PNG")
