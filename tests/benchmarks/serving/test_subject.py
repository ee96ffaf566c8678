"""The applications of the requests."""

from benchmarks.serving.subject import FEW, few_fields
from custom_model.contract import Contract

NUMBERS = tuple(f"field {number}" for number in range(40))


def contract(required: tuple[str, ...], declared: tuple[str, ...] = ()) -> Contract:
    return Contract(
        id="ID", numeric=("empty", *NUMBERS), categories={}, required=required, declared=declared, history=("field 0",)
    )


def test_few_fields_are_those_that_must_be_sent_and_the_first_others_with_a_value_but_no_history():
    row = {"empty": None, **{name: float(number) for number, name in enumerate(NUMBERS)}}

    chosen = few_fields(row, contract(("field 30",), declared=("field 31",)))

    assert list(chosen) == ["field 30", "field 31", *(f"field {number}" for number in range(1, FEW - 1))]
    assert (chosen["field 30"], chosen["field 31"]) == (30.0, 31.0)


def test_all_that_must_be_sent_is_sent_however_much_it_is():
    row = {name: 1.0 for name in NUMBERS}

    assert list(few_fields(row, contract(NUMBERS[5:30]))) == list(NUMBERS[5:30])
