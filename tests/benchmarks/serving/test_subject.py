"""The applications of the requests."""

from benchmarks.serving.subject import FEW, few_fields


def test_few_fields_are_the_required_ones_and_the_first_others_with_a_value():
    row = {"empty": None, **{f"field {number}": float(number) for number in range(40)}}
    chosen = few_fields(row, required=("field 30",))
    assert list(chosen) == ["field 30", *(f"field {number}" for number in range(FEW - 1))]
    assert chosen["field 30"] == 30.0
