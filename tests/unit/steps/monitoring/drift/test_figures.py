"""The drift of a window: every part of it that differs raises an alarm, and a window of the same population none."""

from dataclasses import replace

import numpy as np
import pytest

from custom_model.rules import HISTORY
from steps.evaluation.report.document import LeftOut
from steps.monitoring.bins import Bins
from steps.monitoring.drift.comparisons import score_bins
from steps.monitoring.reference import Group
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.windows import THRESHOLD, counts_of, drift, observed_of, people, reference_of

LIMITS = MonitoringLimits()
CLIENTS = people(20_000, seed=1)
KNOWN = Group("History", "known", HISTORY, False, level="known")
NEW = Group("History", "new", HISTORY, False, level="new")
FAMILIES = Group("Children", "some", "CHILDREN", True, low=1.0)


def by_history(some):
    known = ~np.isnan(some.columns["BUREAU_DEBT"])
    return [(KNOWN, known), (NEW, ~known), (FAMILIES, some.columns["CHILDREN"] >= 1)]


REFERENCE = reference_of(CLIENTS, by_history(CLIENTS))


def drift_of_requests(requests, version="1", limits=LIMITS, **changed):
    return drift(REFERENCE, observed_of(REFERENCE, requests, by_history(requests), **changed), limits, version)


def field(found, name):
    return next(each for each in found.fields if each.name == name)


@pytest.fixture(scope="module")
def same():
    return people(3_000, seed=2)


def test_a_window_of_the_same_population_raises_nothing(same):
    found = drift_of_requests(same)

    assert found.alarms == []
    assert [each.name for each in found.fields if each.psi > 0.05] == []
    assert found.requests == found.judged == 3_000
    assert found.history.then["known"] == pytest.approx(0.67, abs=0.01)


def test_a_shifted_number_is_named_first_with_both_effect_sizes(same):
    # Half a deviation of the logarithm, 0.5 sqrt(0.36 + 0.09) = 0.335: a normal's Kolmogorov-Smirnov distance then is
    # 2 Phi(0.25) - 1 = 0.197, and its index 0.5^2 = 0.25.
    shifted = people(3_000, seed=2, AMOUNT=same.columns["AMOUNT"] * np.exp(0.335))

    found = drift_of_requests(shifted)

    assert [each.name for each in found.drifted] == ["AMOUNT"]
    assert found.drifted[0].distance == pytest.approx(0.197, abs=0.02)
    assert found.drifted[0].psi == pytest.approx(0.25, abs=0.05)
    assert "1 field drifts: Amount [AMOUNT]" in found.alarms[0].sentence


def test_what_is_tolerated_raises_nothing_however_sure(same):
    # 0.05 deviations give an index of 0.0025, half of what is tolerated: certain among 200,000, and no alarm.
    many = people(200_000, seed=3)
    many = people(200_000, seed=3, AMOUNT=many.columns["AMOUNT"] * np.exp(0.0335))

    assert drift_of_requests(many).drifted == []
    exact = drift_of_requests(many, limits=LIMITS.model_copy(update={"tolerated_psi": 0.0}))
    assert [each.name for each in exact.drifted] == ["AMOUNT"]


def test_levels_never_seen_are_shown_with_their_share_as_the_sender_wrote_them_but_printable(same):
    kinds = same.columns["KIND"].copy()
    kinds[:150] = "boat\x1b[2J"
    kinds[150] = "Jane Doe, Main Street"

    found = field(drift_of_requests(people(3_000, seed=2, KIND=kinds)), "KIND")

    assert found.raised
    assert found.unseen == {r"boat\x1b[2J": 150}  # a level of one client may name the client
    assert (found.unseen_then, found.unseen_now) == (0, pytest.approx(151 / 3_000))


def test_missing_rates_and_ranges_are_shown_then_and_now(same):
    debts = np.where(np.arange(3_000) < 1_500, np.nan, same.columns["BUREAU_DEBT"])

    found = field(drift_of_requests(people(3_000, seed=2, BUREAU_DEBT=debts)), "BUREAU_DEBT")

    assert found.raised
    assert found.missing_then == pytest.approx(0.33, abs=0.01)
    assert found.missing_now == pytest.approx(0.5 + 0.5 * 0.33, abs=0.02)
    # With three digits: they are a single client's.
    assert found.least_then == float(f"{np.nanmin(CLIENTS.columns['BUREAU_DEBT']):.3g}")
    assert found.greatest_now == float(f"{np.nanmax(debts):.3g}")


def test_share_with_history_is_compared(same):
    debts = np.where(np.arange(3_000) < 600, np.nan, same.columns["BUREAU_DEBT"])

    found = drift_of_requests(people(3_000, seed=2, BUREAU_DEBT=debts))

    assert found.history.raised
    assert found.history.now["known"] == pytest.approx(0.8 * 0.67, abs=0.02)


def test_score_decisions_and_reasons_are_compared(same):
    riskier = replace(same, probability=1 - (1 - same.probability) ** 1.5, reasons=[("DEBT",)] * 3_000)

    found = drift_of_requests(riskier)

    assert found.score.raised
    assert found.outcomes.raised
    assert found.outcomes.now["refused"] > found.outcomes.then["refused"]
    assert [each.name for each in found.reasons if each.raised] == ["AGE", "DEBT"]
    assert found.drifted == []
    assert len(found.alarms) == 3  # what drifts within groups is what drifts in the whole window


def test_only_decisions_of_the_version_at_its_own_threshold_are_judged(same):
    other = np.arange(3_000) < 1_500  # decided by version 2, which refuses all
    own = np.arange(3_000) >= 2_500  # thresholds that refuse nobody
    probability = np.where(other, 0.9, same.probability)
    decided = replace(
        observed_of(REFERENCE, same).decided,
        probability=probability,
        outcome=np.where(own, 0, probability >= THRESHOLD).astype(np.int8),
    )
    versions = np.where(other, "2", "1").astype(object)

    found = drift_of_requests(same, decided=decided, versions=versions, own_threshold=own)

    assert found.judged == 1_000
    assert not found.score.raised
    assert not found.outcomes.raised


def test_a_version_without_enough_decisions_is_not_judged(same):
    found = drift_of_requests(same, version="7")

    assert isinstance(found.score, LeftOut)
    assert "0 decisions of version 7" in found.score.left_out
    assert len(found.fields) == 4
    assert found.shown()


def test_a_window_with_too_few_requests_is_not_tested(same):
    few = people(99, seed=2)

    found = drift_of_requests(few)

    assert found.fields == []
    assert found.alarms == []
    assert "99 requests on record are too few" in found.shown().blocks[0].text


def test_drift_within_a_group_is_found_where_the_whole_window_has_none(same):
    families = same.columns["CHILDREN"] >= 1
    ranks = same.columns["AMOUNT"].argsort().argsort() + 900 * families  # families ask for more, all others for less
    amounts = np.sort(same.columns["AMOUNT"])[ranks.argsort().argsort()]

    found = drift_of_requests(people(3_000, seed=2, AMOUNT=amounts))

    assert found.drifted == []
    group = next(each for each in found.groups if each.attribute == "Children")
    assert [each.name for each in group.raised] == ["AMOUNT"]
    assert group.requests == families.sum()
    assert any("Children some" in each.sentence for each in found.alarms)


def test_the_figures_are_plain_json(same):
    found = drift_of_requests(same)

    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_a_score_of_hundreds_of_bins_is_compared_in_twenty_of_as_many_clients(same):
    edges = np.quantile(CLIENTS.probability, np.linspace(0, 1, 201)[1:-1])
    score = Bins(tuple(edges))
    decided = replace(REFERENCE.decided, scores=counts_of(CLIENTS.probability, score)[: score.missing])

    bins, firsts = score_bins(replace(REFERENCE, score=score, decided=decided))

    assert len(firsts) == 20
    assert len(bins.edges) == 19
    assert np.add.reduceat(decided.scores, firsts) == pytest.approx(np.full(20, 1_000), abs=101)
    assert bins.edges[0] == pytest.approx(np.quantile(CLIENTS.probability, 0.05), rel=0.02)
