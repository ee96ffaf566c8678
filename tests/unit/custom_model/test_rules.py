"""The rules of the policy that decide in place of the threshold."""

import numpy as np
import pytest

from custom_model.applications import AT_ONCE, Applications
from custom_model.contract import Contract
from custom_model.ranges import MANY, Range
from custom_model.rules import Findings, InformationGroup, RuleBook, Rules, UnusualValues

CONTRACT = Contract(
    id="ID",
    numeric=("A", "B", "PAST"),
    categories={"KIND": ("x",), "JOB": ("y",)},
    required=("KIND",),
    history=("PAST",),
)
RANGES = {"A": Range(seen=(0, 10))}
NAN = np.nan


def findings(values: list[float], unknown: list[str] | None = None, **rules) -> Findings:
    (found,) = RuleBook(CONTRACT, Rules(**rules), RANGES).findings(
        Applications([None], np.array([values]), {0: unknown} if unknown else {})
    )
    return found


def complete(a=5.0, b=1.0, past=1.0) -> list[float]:
    return [a, b, past, 0.0, 0.0]


def test_without_rules_the_model_decides_and_nothing_is_found():
    assert findings([NAN] * 5, ["KIND"]) == Findings([], [], [], "decide")


@pytest.mark.parametrize(("least", "missing"), [(1, []), (2, ["scores"])])
def test_a_group_is_missing_below_its_least_number_of_values(least, missing):
    group = InformationGroup(fields=("A", "B"), least=least)

    assert findings(complete(b=NAN), least_information={"scores": group}).missing == missing


@pytest.mark.parametrize(
    ("otherwise", "fired", "action"),
    [("decide", [], "decide"), ("refer", ["least_information: scores"], "refer")],
)
def test_a_missing_group_is_decided_or_referred_as_the_policy_says(otherwise, fired, action):
    group = InformationGroup(fields=("A", "B"), otherwise=otherwise)

    found = findings(complete(a=NAN, b=NAN), least_information={"scores": group})

    assert found == Findings(["scores"], [], fired, action)


def test_the_group_history_is_of_all_history_fields():
    rules = {"past": InformationGroup(fields="history")}

    assert findings(complete(past=NAN), least_information=rules).missing == ["past"]
    assert findings(complete(past=0.0), least_information=rules).missing == []


def test_fields_of_a_group_that_the_contract_lacks_are_ignored_and_a_group_without_fields_is_never_missing():
    rules = {
        "part": InformationGroup(fields=("A", "ELSEWHERE"), least=2),
        "none": InformationGroup(fields=("ELSEWHERE",)),
    }

    assert findings(complete(), least_information=rules).missing == []
    assert findings(complete(a=NAN), least_information=rules).missing == ["part"]


@pytest.mark.parametrize(
    ("value", "action", "fired"),
    [
        (10.0, "decide", []),
        (10.1, "decide", []),  # unusual, and named, but not beyond a whole width more
        (20.0, "decide", []),
        (20.1, "refer", ["unusual_values: A"]),
        (-10.1, "refer", ["unusual_values: A"]),
    ],
)
def test_values_far_outside_what_training_saw_are_referred(value, action, fired):
    found = findings(complete(a=value), unusual_values=UnusualValues(otherwise="refer", beyond=1.0))

    assert (found.action, found.fired) == (action, fired)
    assert found.unusual == (["A"] if not 0 <= value <= 10 else [])


def test_an_unknown_category_that_must_be_sent_counts_as_far_outside_and_others_do_not():
    rules = {"unusual_values": UnusualValues(otherwise="refer")}

    assert findings(complete(), ["KIND"], **rules).fired == ["unusual_values: KIND"]
    assert findings(complete(), ["JOB"], **rules) == Findings([], [], [], "decide")


def test_an_unusual_value_of_a_field_that_the_model_does_not_use_decides_nothing():
    rules = Rules(unusual_values=UnusualValues(otherwise="refer"))
    unused = RuleBook(CONTRACT, rules, RANGES, used={"B", "JOB"})

    (found,) = unused.findings(Applications([None], np.array([complete(a=99.0)]), {0: ["KIND"]}))

    assert found == Findings([], ["A"], [], "decide")


def test_a_field_listed_twice_counts_once():
    group = InformationGroup(fields=("A", "A", "B"), least=3)

    assert findings(complete(), least_information={"scores": group}).missing == []


def test_refusing_is_stricter_than_referring():
    found = findings(
        complete(a=99.0, b=NAN),
        least_information={"b": InformationGroup(fields=("B",), otherwise="refer")},
        unusual_values=UnusualValues(otherwise="refuse"),
    )

    assert found.action == "refuse"
    assert found.fired == ["least_information: b", "unusual_values: A"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [3, MANY - 1, MANY, AT_ONCE, AT_ONCE + 1])
def test_many_rows_lack_the_groups_of_each_alone(rows, order):
    groups = {"scores": InformationGroup(fields=("A", "B"), least=2), "past": InformationGroup(fields="history")}
    some = np.array([complete(), complete(b=NAN), complete(a=NAN, past=NAN)])
    values = np.asarray(np.resize(some, (rows, 5)), order=order)

    found = RuleBook(CONTRACT, Rules(least_information=groups), RANGES).findings(
        Applications([None] * rows, values, {})
    )

    assert [each.missing for each in found] == ([[], ["scores"], ["scores", "past"]] * rows)[:rows]
