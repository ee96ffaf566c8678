"""Contracts compared: what was accepted stays accepted, and a finding names what would not be."""

from dataclasses import replace
from itertools import product

import pytest

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.ranges import Range, Ranges
from steps.gate.contracts import Accepted, check_contract, narrower

OLD = Contract(
    id="client",
    numeric=("income", "age", "debts"),
    categories={"job": ("cook", "nurse"), "sex": ("f", "m")},
    required=("income",),
    declared=("age",),
    history=("debts",),
)
RANGES = {"age": Range(lowest=18, highest=99, special=(-1.0,)), "income": Range(lowest=0)}


def accepted(contract: Contract = OLD, ranges: dict[str, Range] = RANGES, threshold: str = "simulate") -> Accepted:
    return Accepted(
        contract.model_dump(mode="json"), {name: each.model_dump() for name, each in ranges.items()}, threshold
    )


def with_changes(**changes: object) -> Contract:
    return Contract(**{**OLD.model_dump(), **changes})


def test_the_same_contract_accepts_all():
    check = check_contract(accepted(), accepted())

    assert check.passed
    assert check.found == "5 fields, all accepted as before"


WIDER = {
    "a field more": (with_changes(numeric=(*OLD.numeric, "rent")), RANGES),
    "required no longer": (with_changes(required=(), declared=("age", "income")), RANGES),
    "declared no longer": (with_changes(declared=()), RANGES),
    "another level": (with_changes(categories={**OLD.categories, "job": ("baker",)}), RANGES),
    "another order": (with_changes(numeric=("debts", "age", "income")), RANGES),
    "a wider range": (OLD, {"age": Range(lowest=-1, highest=120)}),
    "a special value within the bounds": (OLD, {"age": Range(lowest=-1, highest=99)}),
}


@pytest.mark.parametrize(("contract", "ranges"), WIDER.values(), ids=WIDER)
def test_a_contract_that_accepts_more_passes(contract, ranges):
    assert list(narrower(accepted(contract, ranges), accepted())) == []


NARROWER = {
    "removed": (with_changes(numeric=("income", "age"), history=()), RANGES, "removed: debts"),
    "a text": (
        with_changes(numeric=("income", "age"), history=(), categories={**OLD.categories, "debts": ("none",)}),
        RANGES,
        "a number no longer: debts",
    ),
    "a number": (
        with_changes(numeric=(*OLD.numeric, "sex"), categories={"job": ("cook",)}),
        RANGES,
        "a text no longer",
    ),
    "required": (with_changes(required=("income", "job", "sex")), RANGES, "newly required: job, sex"),
    "declared before": (with_changes(required=("income", "age")), RANGES, "newly required: age"),
    "declared": (with_changes(declared=("age", "job")), RANGES, "must newly be sent, with a value or null: job"),
    "id": (with_changes(id="person"), RANGES, "the id is person, not client"),
    "id's type": (with_changes(id_is_text=True), RANGES, "the id client is text, not a whole number"),
    "lowest": (OLD, {**RANGES, "age": Range(lowest=21, highest=99, special=(-1.0,))}, "of a narrower range: age"),
    "highest": (OLD, {**RANGES, "income": Range(lowest=0, highest=1e6)}, "of a narrower range: income"),
    "whole": (OLD, {**RANGES, "debts": Range(whole=True)}, "of a narrower range: debts"),
    "special": (OLD, {**RANGES, "age": Range(lowest=18, highest=99)}, "of a narrower range: age"),
}


@pytest.mark.parametrize(("contract", "ranges", "finding"), NARROWER.values(), ids=NARROWER)
def test_a_contract_that_accepts_less_fails_and_names_the_fields(contract, ranges, finding):
    check = check_contract(accepted(contract, ranges), accepted())

    assert not check.passed
    assert finding in check.found
    assert "force" in check.advice


def test_a_threshold_of_the_requests_own_that_becomes_an_error_is_found():
    assert list(narrower(accepted(threshold="forbid"), accepted())) == ["a request's own threshold is newly an error"]
    assert list(narrower(accepted(threshold="forbid"), accepted(threshold="forbid"))) == []


def test_alternatives_that_can_no_longer_be_asked_for_are_found():
    offering = replace(accepted(), has_alternatives=True)

    assert list(narrower(accepted(), offering)) == ["asking for alternatives is newly an error"]
    assert list(narrower(offering, accepted())) == list(narrower(offering, offering)) == []


def test_a_finding_names_a_few_fields_and_counts_the_rest():
    many = with_changes(numeric=("income", "age", "debts", *(f"f{number:02}" for number in range(20))))

    (finding,) = narrower(accepted(OLD), accepted(many))

    assert finding.endswith("f00, f01, f02, f03, f04, f05, f06, f07 and 12 more")


def is_accepted(contract: Contract, ranges: dict[str, Range], application: dict[str, object]) -> bool:
    """As the model itself judges an application."""
    applications, problems = validate(contract, [application])
    return not problems and not Ranges(contract, ranges).impossible(applications.values)


VALUES = {
    "client": [None, 7, "seven"],
    "income": [..., None, 1.5, -1.0, 2e6],
    "age": [..., None, -1.0, 17.0, 20.0, 99.0, 120.0],
    "debts": [..., 0.5, 1.0, "none"],
    "job": [..., None, "cook", 1.0],
    "sex": [..., "f", "unknown", 1.0],
}
APPLICATIONS = [
    {name: value for name, value in zip(VALUES, values, strict=True) if value is not ...}
    for values in product(*VALUES.values())
]


@pytest.mark.parametrize("contract", [*WIDER, *NARROWER])
def test_the_comparison_agrees_with_what_the_models_accept(contract):
    new, ranges = (WIDER | NARROWER)[contract][:2]

    lost = [each for each in APPLICATIONS if is_accepted(OLD, RANGES, each) and not is_accepted(new, ranges, each)]

    assert bool(lost) == bool(list(narrower(accepted(new, ranges), accepted())))
