"""What drift does to the decisions, by a real model's own code: what the score leans on is first, the rest last."""

from concurrent.futures import Future

import numpy as np
import pytest

from custom_model.costs import Costs
from steps.monitoring.drift.effects import MOST, Drifted, drifted, effects
from steps.monitoring.drift.sampled import Sampled
from steps.run.monitoring_limits import MonitoringLimits
from steps.traffic.deciding import Declared
from steps.traffic.own_code import decided
from tests.unit.steps.monitoring.windows import People, drift, observed_of, reference_of
from tests.unit.steps.traffic.conftest import Version

COSTS = Costs(false_negative=10, false_positive=1)
LIMITS = MonitoringLimits()


@pytest.fixture(scope="module")
def ask(decider):
    """The model's own code in this process."""
    version = Version(decider)

    def answer(batch):
        future = Future()
        future.set_result(decided(version, batch, ()))
        return future

    return answer


def applicants(rows: int, seed: int, **changed) -> People:
    generator = np.random.default_rng(seed)
    kinds = np.array(["Cash loans", "Revolving loans"], object)
    columns = {
        "AMT_INCOME_TOTAL": generator.lognormal(12, 0.5, rows),
        "AMT_CREDIT": generator.lognormal(13, 0.6, rows),
        "EXT_SOURCE_1": generator.random(rows),
        "EXT_SOURCE_2": generator.random(rows),
        "EXT_SOURCE_3": generator.random(rows),
        "BUREAU_ROWS_COUNT_ALL": generator.poisson(3, rows).astype(float),
        "NAME_CONTRACT_TYPE": generator.choice(kinds, rows),
    }
    columns.update({name: change(columns[name]) for name, change in changed.items()})
    return People(columns, generator.random(rows) * 0.3, [("EXTERNAL_SCORE",)] * rows)


REFERENCE = reference_of(applicants(20_000, seed=1))


@pytest.fixture(scope="module")
def declared(contract):
    return Declared(contract.model_dump(), lambda _: contract.model_dump())


def effects_of(requests, names, ask, declared):
    sample = observed_of(REFERENCE, requests).sample
    candidates = [Drifted(name, [name], 0.3) for name in names]
    return effects(candidates, REFERENCE, sample, ask, declared, COSTS, seed=0)


def refused(requests, ask, declared):
    """The share refused by the model itself."""
    found = effects_of(requests, ["AMT_CREDIT"], ask, declared)
    return found.refused


def test_a_drift_that_matters_is_before_one_that_does_not(ask, declared):
    changes = {"EXT_SOURCE_2": lambda score: score**2, "BUREAU_ROWS_COUNT_ALL": lambda count: count + 1}
    window, without = applicants(1_000, 2, **changes), applicants(1_000, 2)

    found = effects_of(window, ["BUREAU_ROWS_COUNT_ALL", "EXT_SOURCE_2"], ask, declared)

    assert [each.name for each in found.effects] == ["EXT_SOURCE_2", "BUREAU_ROWS_COUNT_ALL"]
    assert found.matter[0].name == "EXT_SOURCE_2"
    assert abs(found.effects[1].refused.value) < found.effects[0].refused.value / 3
    # Putting it back undoes what the drift did: lower scores of an agency, so more refusals.
    change = found.effects[0].refused
    assert change.value == pytest.approx(refused(window, ask, declared) - refused(without, ask, declared), abs=0.02)
    assert 0 < change.low < change.value < change.high
    assert found.effects[0].changed >= 1_000 * change.value


def test_the_expected_cost_of_what_drifted_has_its_paired_interval(ask, declared):
    window = applicants(1_000, 2, EXT_SOURCE_2=lambda score: score**2)

    (effect,) = effects_of(window, ["EXT_SOURCE_2"], ask, declared).effects

    assert effect.cost.value != 0
    assert effect.cost.low < effect.cost.value < effect.cost.high
    assert effect.requests == 1_000


def test_a_lost_field_and_new_levels_are_put_back(ask, declared):
    changes = {
        "EXT_SOURCE_2": lambda score: np.full(len(score), np.nan),
        "NAME_CONTRACT_TYPE": lambda kind: np.array(["Leasing"] * len(kind), object),
    }

    found = effects_of(applicants(500, 2, **changes), ["EXT_SOURCE_2", "NAME_CONTRACT_TYPE"], ask, declared)

    assert found.effects[0].name == "EXT_SOURCE_2"
    assert all(each.requests == 500 for each in found.effects)


def test_requests_that_the_contract_refuses_either_way_are_left_out(ask, declared):
    reference = reference_of(applicants(1_000, 1, AMT_CREDIT=lambda credit: np.full(len(credit), np.nan)))
    sample = observed_of(REFERENCE, applicants(200, 2)).sample

    found = effects([Drifted("AMT_CREDIT", ["AMT_CREDIT"], 1.0)], reference, sample, ask, declared, COSTS, seed=0)

    # Without a credit, which must be sent, no application is decided: nothing can be compared.
    assert found.effects[0].requests == 0
    assert found.effects[0].refused.value is None
    assert found.shown()


def test_fields_of_an_empty_table_are_put_back_together(ask, declared):
    window = applicants(500, 2, BUREAU_ROWS_COUNT_ALL=lambda count: np.full(len(count), np.nan))
    found = drift(REFERENCE, observed_of(REFERENCE, window), LIMITS, "1")

    candidates = drifted(found, {"bureau": ["BUREAU_ROWS_COUNT_ALL", "NOT_USED"]})

    assert [(each.name, list(each.fields)) for each in candidates] == [("bureau", ["BUREAU_ROWS_COUNT_ALL"])]


def test_only_used_fields_that_drift_are_asked_the_largest_drift_first():
    window = applicants(1_000, 2, EXT_SOURCE_2=lambda score: score**2, EXT_SOURCE_1=lambda score: score**4)
    found = drift(REFERENCE, observed_of(REFERENCE, window), LIMITS, "1")

    names = [each.name for each in drifted(found, {})]

    assert names == ["EXT_SOURCE_1", "EXT_SOURCE_2"]
    assert len(names) <= MOST


def test_without_drift_nothing_is_decided_again(declared):
    found = effects([], REFERENCE, observed_of(REFERENCE, applicants(100, 2)).sample, None, declared, COSTS, seed=0)

    assert found.effects == []
    assert "No field that the model uses drifts" in found.shown().blocks[0].text


def test_a_request_put_back_keeps_its_other_fields_and_those_of_the_store():
    sampled = Sampled(observed_of(REFERENCE, applicants(10, 2)).sample)

    again = Sampled(sampled.with_fields([{"AMT_CREDIT": 1.0}] * 10))

    assert {request["AMT_CREDIT"] for request in again.requests} == {1.0}
    assert [{**request, "AMT_CREDIT": 0} for request in again.requests] == [
        {**request, "AMT_CREDIT": 0} for request in sampled.requests
    ]
    assert "BUREAU_ROWS_COUNT_ALL" in again.requests[0]


def test_all_put_back_together_undo_what_each_alone_cannot(ask, declared):
    changes = {"EXT_SOURCE_1": lambda score: score / 3, "EXT_SOURCE_2": lambda score: score / 3}
    window, without = applicants(1_000, 2, **changes), applicants(1_000, 2)

    found = effects_of(window, ["EXT_SOURCE_1", "EXT_SOURCE_2"], ask, declared)

    lost = refused(window, ask, declared) - refused(without, ask, declared)
    assert found.together.refused.value == pytest.approx(lost, abs=0.02)
    assert found.together.refused.value > max(each.refused.value for each in found.effects)
    assert found.together.granted.value == pytest.approx(-found.together.refused.value)
    assert found.shown().blocks[-1].rows[-1][0] == "all of these put back [together], 2 fields"


def test_a_single_drifted_field_has_no_row_of_all_together(ask, declared):
    assert effects_of(applicants(100, 2), ["AMT_CREDIT"], ask, declared).together is None


def test_drifted_fields_beyond_the_most_are_counted_and_said(ask, declared):
    window = applicants(100, 2)
    names = ["EXT_SOURCE_2"] * (MOST + 2)

    found = effects_of(window, names, ask, declared)

    assert (len(found.effects), found.left_out) == (MOST, 2)
    assert any("Not put back: 2 more" in getattr(block, "text", "") for block in found.shown().blocks)


def test_without_a_request_that_can_be_decided_again_the_page_does_not_say_that_nothing_drifts(ask, declared):
    sample = observed_of(REFERENCE, applicants(100, 2)).sample.slice(0, 0)

    found = effects([Drifted("AMT_CREDIT", ["AMT_CREDIT"], 1.0)], REFERENCE, sample, ask, declared, COSTS, seed=0)

    assert found.left_out == 1
    assert "could not be put back" in found.shown().blocks[0].text
