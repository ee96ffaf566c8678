"""An order of fields reads an application as `validate` does, or leaves it to that one."""

import pytest

from custom_model.applications import MAX_ID, Applications, validate
from custom_model.contract import Contract
from custom_model.field_order import FieldOrder
from custom_model.positions import on_record

CONTRACT = Contract(
    id="ID",
    numeric=("A", "N", "H"),
    categories={"B": ("x", "y"), "D": ("v",)},
    rest=("D",),
    required=("A",),
    declared=("N", "H"),
    history=("H",),
)
TEXT = Contract(**{**CONTRACT.model_dump(), "id_is_text": True})
SENT = {"B": "y", "A": 1, "ID": 7, "H": 2.5, "D": "v", "N": None}


def read(sent: dict, contract: Contract = CONTRACT) -> Applications | None:
    found = FieldOrder(contract, [*sent]).application(tuple(sent.values()))
    return None if found is None else found.applications


@pytest.mark.parametrize(
    ("changed", "contract"),
    [
        ({}, CONTRACT),
        ({"ID": None}, CONTRACT),
        ({"ID": -MAX_ID}, CONTRACT),
        ({"ID": "C-7"}, TEXT),
        ({"D": "of the rest"}, CONTRACT),
        ({"B": None, "D": None, "H": None}, CONTRACT),
        ({"A": 2**60, "N": -0.0, "H": 2**63 - 1025}, CONTRACT),
    ],
)
def test_a_valid_application_is_read_and_recorded_as_with_its_names(changed, contract):
    sent = SENT | changed

    found, (expected, problems) = read(sent, contract), validate(contract, [sent])

    assert problems == []
    assert found is not None
    assert found.values.tobytes() == expected.values.tobytes()
    assert (found.ids, found.unknown, found.undeclared) == (expected.ids, expected.unknown, expected.undeclared)
    assert FieldOrder(contract, [*sent]).application(tuple(sent.values())).requests() == [on_record(contract, sent)]


def test_a_left_out_id_is_none_and_on_record_as_left_out():
    sent = {name: value for name, value in SENT.items() if name != "ID"}

    found = FieldOrder(CONTRACT, [*sent]).application(tuple(sent.values()))

    assert found is not None
    assert found.applications.ids == [None]
    assert found.requests() == [on_record(CONTRACT, sent)]


@pytest.mark.parametrize(
    ("changed", "contract"),
    [
        ({"A": None}, CONTRACT),
        ({"A": 1e400}, CONTRACT),
        ({"H": -(2**63)}, CONTRACT),
        ({"A": 10**400}, CONTRACT),
        ({"B": "unknown"}, CONTRACT),
        ({"D": "\x00"}, CONTRACT),
        ({"ID": MAX_ID + 1}, CONTRACT),
        ({"ID": " "}, TEXT),
    ],
)
def test_what_may_break_the_contract_is_left_to_the_validation_of_all(changed, contract):
    assert read(SENT | changed, contract) is None


def test_a_declared_field_that_was_left_out_is_left_to_the_validation_of_all_and_history_to_a_store():
    without = {name: value for name, value in SENT.items() if name != "N"}
    without_history = {name: value for name, value in SENT.items() if name != "H"}

    found = read(without_history)

    assert read(without) is None
    assert found is not None
    assert found.undeclared == {0: {"H"}}
