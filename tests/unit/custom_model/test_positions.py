"""Applications on record by position: each value as it is beside its name, null apart from left out, nothing else."""

import json
import math

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import validate
from custom_model.arrow.applications import read
from custom_model.contract import Contract
from custom_model.json_text import as_json
from custom_model.positions import named, named_text, on_record, prefixes_of

CONTRACT = Contract(
    id="ID",
    id_is_text=True,
    numeric=("ZEAL", "AGE", 'A "QUOTE",'),
    categories={"TOWN": ("a",), "COLOUR": ("blue", "red")},
    rest=("TOWN",),
)
VALUES = st.one_of(
    st.none(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(["false", "null", ",", '",', "]", "[", "\\", '\\"', "a,b", "é😀", "\u2028", "\x1f"]),
)
APPLICATIONS = st.dictionaries(st.sampled_from(CONTRACT.order), VALUES)


def test_values_are_in_the_order_of_the_id_the_numbers_and_the_categories_by_name():
    application = {"COLOUR": "red", "AGE": None, "ID": "C-7", "ZEAL": 0}

    assert on_record(CONTRACT, application) == '["C-7",0,null,false,"red",false]'


def test_an_application_with_few_of_the_fields_is_by_name_and_takes_less():
    assert on_record(CONTRACT, {"AGE": 41.5}) == '{"AGE":41.5}'
    assert on_record(CONTRACT, {"AGE": 41.5, "TOWN": "b"}) == '[false,false,41.5,false,false,"b"]'


@given(APPLICATIONS)
def test_an_application_comes_back_with_the_text_of_each_value_and_without_what_was_left_out(application):
    text = on_record(CONTRACT, application)

    if text.startswith("["):
        again = named(CONTRACT.order, json.loads(text))
        assert again == application
        assert {name: type(value) for name, value in again.items()} == {
            name: type(value) for name, value in application.items()
        }
        text = named_text(prefixes_of(CONTRACT.order), text)
        assert text == as_json({name: application[name] for name in CONTRACT.order if name in application})
    else:
        assert text == as_json(application)


@pytest.mark.parametrize(
    "text", ["[]", "[1]", "[1,2,3]", "[false,1,null]", '["x","y","z"]', '[1,2,"z"]', r'["a\",b"]', r'[1,2,"\",\""]']
)
def test_more_or_fewer_values_than_names_are_no_application(text):
    with pytest.raises(ValueError, match="expected 2 values, got"):
        named_text(prefixes_of(["A", "B"]), text)


@pytest.mark.parametrize("value", [0.1, -0.0, 5e-324, 1e22, 2**53 + 1, 10**30, -(2**63)])
def test_a_number_comes_back_bit_for_bit(value):
    application = {"ZEAL": value, "AGE": value}

    text = named_text(prefixes_of(CONTRACT.order), on_record(CONTRACT, application))

    assert text == as_json(application)
    again = json.loads(text)["AGE"]
    assert (type(again), again, math.copysign(1, again)) == (type(value), value, math.copysign(1, value))


@pytest.mark.parametrize("id_is_text", [True, False])
@pytest.mark.parametrize("name", CONTRACT.order)
@pytest.mark.parametrize("value", [True, False])
def test_no_field_of_any_kind_can_be_a_boolean(name, value, id_is_text):
    """Else false could not stand for what was left out."""
    contract = Contract(**{**CONTRACT.model_dump(), "id_is_text": id_is_text})
    whole = {"ID": "C-7" if id_is_text else 7, "ZEAL": 1.0, "AGE": 2.0, 'A "QUOTE",': 3.0, "TOWN": "a", "COLOUR": "red"}
    application = {**whole, name: value}

    assert validate(contract, [whole])[1] == []
    for payload in ([application], [{name: value}], pd.DataFrame([application]), pd.DataFrame([application] * 2)):
        assert {(each.field, each.problem.rpartition(" ")[2]) for each in validate(contract, payload)[1]} == {
            (name, "boolean")
        }
    assert read(contract, pa.RecordBatch.from_pylist([application])).odd.tolist() == [True]


def test_the_order_is_the_same_for_every_contract_of_one_digest():
    """MLflow stores a contract with sorted keys."""
    again = Contract(**json.loads(json.dumps(CONTRACT.model_dump(), sort_keys=True)))

    assert again.digest == CONTRACT.digest
    assert again.order == CONTRACT.order
