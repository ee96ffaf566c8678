"""Validation: every breach is reported by row and field, and no value is repeated."""

import json
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import Applications, kind, validate
from custom_model.contract import Contract
from custom_model.errors import MAX_PROBLEMS, BadRequest, Problem

SECRET = "SECRET-4f1d"
FIELDS = {"SK_ID_CURR": 1, "A": 1.5, "B": None, "COLOUR": "red"}
CONTRACT = Contract(id="SK_ID_CURR", numeric=("A", "B"), categories={"COLOUR": ("blue", "red")}, required=("A",))
TEXT_ID = Contract(**{**CONTRACT.model_dump(), "id_is_text": True})


def validated(contract: Contract, payload: object) -> Applications:
    applications, problems = validate(contract, payload)
    assert problems == []
    return applications


def problems_of(payload: object, contract: Contract = CONTRACT) -> list[Problem]:
    return validate(contract, payload)[1]


def same(left: Applications, right: Applications) -> bool:
    return (
        left.ids == right.ids
        and left.unknown == right.unknown
        and np.array_equal(left.values, right.values, equal_nan=True)
    )


def test_numbers_stay_and_categories_become_codes_in_the_order_of_the_contract():
    applications = validated(CONTRACT, [{"COLOUR": "red", "B": 3, "A": 1.5, "SK_ID_CURR": 7}])

    assert CONTRACT.fields == ("A", "B", "COLOUR")
    assert applications.values.tolist() == [[1.5, 3.0, 1.0]]  # red is level 1 of blue and red
    assert applications.ids == [7]
    assert applications.values.dtype == np.float64


@pytest.mark.parametrize("missing", [{}, {"B": None}, {"B": math.nan}], ids=["absent", "null", "NaN"])
def test_absent_null_and_nan_are_all_missing(missing):
    applications = validated(CONTRACT, [{"A": 1.0, **missing}])

    assert np.isnan(applications.values[0, 1])


def test_an_application_without_an_id_has_none():
    assert validated(CONTRACT, [{"A": 1.0}, {"A": 1.0, "SK_ID_CURR": None}]).ids == [None, None]


def test_an_unknown_category_counts_as_missing_and_is_listed():
    applications = validated(CONTRACT, [{"A": 1.0, "COLOUR": "red"}, {"A": 1.0, "COLOUR": "mauve"}])

    assert np.isnan(applications.values[1, 2])
    assert applications.unknown == {1: ["COLOUR"]}


LONG_TAILED = Contract(**{**CONTRACT.model_dump(), "rest": ("COLOUR",)})


@pytest.mark.parametrize("colour", ["mauve", "never seen", ""])
@pytest.mark.parametrize(
    "form", [list, pd.DataFrame, lambda rows: pd.DataFrame(rows).astype({"COLOUR": "category"})],
    ids=["objects", "a table", "a table of pandas' categories"],
)  # fmt: skip
def test_where_rare_levels_count_as_one_no_level_is_unknown(colour, form):
    applications = validated(LONG_TAILED, form([{"A": 1.0, "COLOUR": level} for level in ("red", colour, None)]))

    np.testing.assert_array_equal(applications.values[:, 2], [1.0, 2.0, math.nan])  # the code after blue and red
    assert applications.unknown == {}


@pytest.mark.parametrize("text", ["NUL \0", "x" * 100_000])
@pytest.mark.parametrize("form", [list, pd.DataFrame])
def test_a_rare_level_must_be_one_that_can_be_stored(text, form):
    (problem,) = problems_of(form([{"A": 1.0, "B": 2.0, "COLOUR": text, "SK_ID_CURR": 1}]), LONG_TAILED)

    assert problem.field == "COLOUR"


def test_a_few_fields_of_many_validate_like_all_of_them_with_null_for_the_rest():
    wide = Contract(id="SK_ID_CURR", numeric=tuple(f"N{n}" for n in range(40)), categories=CONTRACT.categories)
    few = {"SK_ID_CURR": 7, "N3": 1, "N30": 0.1, "COLOUR": "blue"}
    everything = {**dict.fromkeys(wide.fields), **few}

    assert same(validated(wide, [few]), validated(wide, [everything]))
    assert validated(wide, [few]).values[0, [3, 30, 40]].tolist() == [1.0, 0.1, 0.0]


def test_no_application_is_no_problem():
    assert len(validated(CONTRACT, [])) == 0
    assert len(validated(CONTRACT, pd.DataFrame())) == 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("A", "1.5", "expected a number, got a string"),
        ("A", True, "expected a number, got a boolean"),
        ("A", [1.5], "expected a number, got a list"),
        ("A", {}, "expected a number, got an object"),
        ("A", Decimal(1), "expected a number, got Decimal"),
        ("A", math.inf, "expected a finite number"),
        ("A", -math.inf, "expected a finite number"),
        ("A", 10**400, "expected a finite number"),
        ("COLOUR", 1, "expected a string, got a number"),
        ("COLOUR", 1.0, "expected a string, got a number"),  # not the level whose code is 1
        ("COLOUR", False, "expected a string, got a boolean"),
        ("COLOUR", ["red"], "expected a string, got a list"),
        ("SK_ID_CURR", "7", "expected a whole number, got a string"),
        ("SK_ID_CURR", True, "expected a whole number, got a boolean"),
        ("SK_ID_CURR", 7.5, "expected a whole number of at most 64 bits"),
        ("SK_ID_CURR", 2**63, "expected a whole number of at most 64 bits"),
        ("SK_ID_CURR", math.inf, "expected a whole number of at most 64 bits"),
        ("HEIGHT", 180, "unknown field: the contract has no such column"),
        ("HEIGHT", None, "unknown field: the contract has no such column"),
        (1, 180, "unknown field: the contract has no such column"),
    ],
)
def test_a_wrong_value_is_reported_by_row_field_and_type(field, value, problem):
    good = {"SK_ID_CURR": 1, "A": 1.0}

    assert problems_of([good, {**good, field: value}]) == [Problem(1, str(field), problem)]


INEXACT = "expected a whole number that is sent as one: a float this large may be the id of another client"


@pytest.mark.parametrize("identity", [9007199254740993.0, 2.0**53, -(2.0**53), 1e18], ids=repr)
@pytest.mark.parametrize("fields", [FIELDS, {"A": 1.5}], ids=["fast path", "field by field"])
def test_an_id_that_passed_through_a_float_is_refused_where_it_may_be_anothers(identity, fields):
    assert problems_of([{**fields, "SK_ID_CURR": identity}]) == [Problem(0, "SK_ID_CURR", INEXACT)]


def test_a_float_below_2_53_is_the_id_it_says():
    assert validated(CONTRACT, [{"A": 1.0, "SK_ID_CURR": 2.0**53 - 1}]).ids == [2**53 - 1]


def test_a_column_of_ids_that_passed_through_floats_is_refused_where_they_may_be_others():
    floats = pd.DataFrame({"A": [1.0] * 3, "SK_ID_CURR": [9007199254740993, None, 2**53 - 1]})
    narrow = pd.DataFrame({"A": [1.0] * 2, "SK_ID_CURR": np.array([16777217, 16777215], np.float32)})

    assert problems_of(floats) == [Problem(0, "SK_ID_CURR", INEXACT)]
    assert problems_of(narrow) == [Problem(0, "SK_ID_CURR", INEXACT)]
    assert problems_of(narrow.astype({"SK_ID_CURR": "Float32"})) == [Problem(0, "SK_ID_CURR", INEXACT)]


def test_whole_ids_beside_a_missing_one_stay_exact():
    ids = [9007199254740993, None]
    table = pd.DataFrame({"A": [1.0, 1.0], "SK_ID_CURR": pd.array(ids, dtype="Int64")})

    assert validated(CONTRACT, table).ids == ids
    assert validated(CONTRACT, table.astype({"SK_ID_CURR": object})).ids == ids


@pytest.mark.parametrize("index", ["SK_ID_CURR", "B", ["COLOUR", "SK_ID_CURR"], ["SK_ID_CURR", "A", "B", "COLOUR"]])
def test_a_named_index_is_a_column(index):
    table = pd.DataFrame([FIELDS, {**FIELDS, "SK_ID_CURR": 9007199254740993, "B": 2.5}])

    assert same(validated(CONTRACT, table.set_index(index)), validated(CONTRACT, table))


def test_a_named_index_is_refused_where_it_is_no_field_or_one_twice():
    table = pd.DataFrame([FIELDS])

    assert problems_of(table.rename_axis("row")) == [
        Problem(0, "row", "unknown field: the contract has no such column")
    ]
    assert Problem(None, "A", "the column was sent more than once") in problems_of(table.rename_axis("A"))


def test_an_index_without_a_name_is_no_column():
    table = pd.DataFrame([FIELDS], index=[7])

    assert same(validated(CONTRACT, table), validated(CONTRACT, [FIELDS]))


@pytest.mark.parametrize("value", ["x" * 1_001, "a\0", "\ud800"], ids=["long", "NUL", "half"])
@pytest.mark.parametrize("dtype", [object, "category"])
def test_a_category_that_cannot_be_recorded_is_refused(value, dtype):
    problem = Problem(0, "COLOUR", "expected at most 1,000 characters of valid Unicode, without NUL")

    assert problems_of([{**FIELDS, "COLOUR": value}]) == [problem]
    assert problems_of(pd.DataFrame([{**FIELDS, "COLOUR": value}]).astype({"COLOUR": dtype})) == [problem]


def test_a_long_category_within_the_limit_is_unknown():
    assert validated(CONTRACT, [{**FIELDS, "COLOUR": "é" * 1_000}]).unknown == {0: ["COLOUR"]}


@pytest.mark.parametrize(
    "payload",
    [
        [{"A": "x"}] * 5_000,
        [{**FIELDS, **{f"x{n}": 1 for n in range(900)}}] * 3,
        [5] * 5_000,
        pd.DataFrame({"A": ["x"] * 5_000}),
        pd.DataFrame({"A": [1.0] * 3} | {f"x{n}": [1] * 3 for n in range(900)}),
        pd.DataFrame([[1.0] * 5_000], columns=["A"] * 5_000),
    ],
    ids=["values", "unknown fields", "no objects", "column", "unknown columns", "doubled columns"],
)
def test_problems_are_collected_until_one_more_than_an_answer_lists(payload):
    assert len(problems_of(payload)) == MAX_PROBLEMS + 1


def test_an_application_of_far_more_fields_than_the_contract_is_one_problem():
    application = {**FIELDS, **{f"x{n}": 1 for n in range(200_000)}}

    assert problems_of([application]) == [Problem(0, None, "expected at most 4 fields, got 200004")]


@pytest.mark.parametrize("value", [7, 7.5, True])
def test_an_id_that_is_text_in_training_must_be_text(value):
    assert problems_of([{"A": 1.0, "SK_ID_CURR": value}], TEXT_ID) == [
        Problem(0, "SK_ID_CURR", f"expected a string, got {kind(value)}")
    ]
    assert validated(TEXT_ID, [{"A": 1.0, "SK_ID_CURR": "7a"}]).ids == ["7a"]


@pytest.mark.parametrize("largest", [2**63 - 1, -(2**63 - 1)])
def test_a_64_bit_id_is_exact_to_the_last_digit(largest):
    assert validated(CONTRACT, [{"A": 1.0, "SK_ID_CURR": largest}]).ids == [largest]


@pytest.mark.parametrize("missing", [{}, {"A": None}, {"A": math.nan}], ids=["absent", "null", "NaN"])
def test_a_required_field_must_come_with_a_value(missing):
    assert problems_of([missing]) == [Problem(0, "A", "required, but missing or null")]


def test_a_required_field_of_the_wrong_kind_is_one_problem():
    assert problems_of([{"A": SECRET}]) == [Problem(0, "A", "expected a number, got a string")]


def test_all_problems_of_all_rows_are_listed():
    problems = problems_of([{"A": "x", "B": "y"}, {"A": 1.0}, {"Z": 1}, None])

    assert [(problem.row, problem.field) for problem in problems] == [
        (0, "A"),
        (0, "B"),
        (2, "Z"),
        (2, "A"),
        (3, None),
    ]


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"A": 1.0}, Problem(None, None, "expected a list of applications, got an object")),
        (SECRET, Problem(None, None, "expected a list of applications, got a string")),
        (None, Problem(None, None, "expected a list of applications, got null")),
        (3.5, Problem(None, None, "expected a list of applications, got a number")),
        ([None], Problem(0, None, "expected an object of fields, got null")),
        ([SECRET], Problem(0, None, "expected an object of fields, got a string")),
        ([[1.0]], Problem(0, None, "expected an object of fields, got a list")),
    ],
)
def test_anything_but_a_list_of_objects_is_a_problem_in_words(payload, problem):
    assert problems_of(payload) == [problem]


IDENTITY = "expected 1 to 200 characters of valid Unicode, not all blank, without control characters"


@pytest.mark.parametrize(
    "identity",
    ["x" * 201, "with NUL \0", "half \ud800 of a pair", "", " ", "\u3000", "a\nb", "\x1b[2J", "\x7f", "a\x85b", 
     "\u2028", "\u202egnp.exe", "\u2066a"],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("fields", [FIELDS, {"A": 1.5, "SHOE": 1}], ids=["fast path", "field by field"])
def test_a_text_id_that_cannot_be_stored_listed_and_printed_is_refused(identity, fields):
    application = {**fields, "SK_ID_CURR": identity}

    assert Problem(0, "SK_ID_CURR", IDENTITY) in problems_of([application], TEXT_ID)
    assert Problem(0, "SK_ID_CURR", IDENTITY) in problems_of(pd.DataFrame([application]), TEXT_ID)


def test_a_text_id_may_be_as_long_as_the_logs_column():
    assert validated(TEXT_ID, [{**FIELDS, "SK_ID_CURR": "é" * 200}]).ids == ["é" * 200]


@pytest.mark.parametrize("field", ["SK_ID_CURR", "A", "B", "COLOUR", "HEIGHT"])
@pytest.mark.parametrize(
    "value",
    [SECRET, [SECRET], {"Z": SECRET}, {"A": {"deep": SECRET}}, 77_777_777_777_777_777_777, 7777.7777, math.inf],
    ids=repr,
)
@pytest.mark.parametrize("contract", [CONTRACT, TEXT_ID], ids=["whole ids", "text ids"])
def test_no_problem_repeats_a_value(field, value, contract):
    problems = [*problems_of([{**FIELDS, field: value}], contract), *problems_of([value]), *problems_of(value)]

    body = BadRequest(problems).serialize_as_json()

    assert SECRET not in body
    assert "7777" not in body
    assert "inf" not in body.lower()


def test_no_problem_of_a_table_repeats_a_value():
    table = pd.DataFrame({name: [SECRET] for name in ("SK_ID_CURR", "A", "B", "HEIGHT")} | {"COLOUR": [7777]})

    assert len(problems_of(table)) == 5
    assert SECRET not in json.dumps([problem.problem for problem in problems_of(table)])
    assert "7777" not in json.dumps([problem.problem for problem in problems_of(table)])


def test_a_field_name_of_any_length_stays_readable():
    (problem,) = problems_of([{"A": 1.0, "x" * 5_000: 1}])

    assert problem.field == "x" * 100 + "..."


@pytest.mark.parametrize(
    "columns",
    [
        {"A": [1.5, 2.5], "COLOUR": ["red", None], "SK_ID_CURR": [1, 2]},
        {"A": np.array([1, 2], dtype=np.int32), "B": np.array([0.5, np.nan], dtype=np.float64)},
        {"A": pd.array([1, 2], dtype="Int64"), "B": pd.array([None, 3], dtype="Int64")},
        {"A": [1.0, 2.0], "B": [np.nan, np.nan], "COLOUR": [None, None]},
        {"A": [1.0, 2.0], "COLOUR": pd.Categorical(["blue", "mauve"])},
        {"A": pd.Series([1, 2.5], dtype=object), "COLOUR": pd.array(["mauve", None], dtype="string")},
        {"A": [1.0, 2.0], "SK_ID_CURR": [5.0, np.nan]},
    ],
    ids=["plain", "small integers", "nullable integers", "all missing", "categorical", "objects", "float ids"],
)
def test_a_table_validates_like_its_rows(columns):
    table = pd.DataFrame(columns)
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")

    assert same(validated(CONTRACT, table), validated(CONTRACT, rows))


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        ({"A": [1.0, math.inf]}, [Problem(1, "A", "expected a finite number")]),
        ({"A": ["1", "2"]}, [Problem(0, "A", "expected a number, got a string"),
                             Problem(1, "A", "expected a number, got a string")]),
        ({"A": [True, False]}, [Problem(0, "A", "expected a number, got a boolean"),
                                Problem(1, "A", "expected a number, got a boolean")]),
        ({"A": [1.0], "COLOUR": [3]}, [Problem(0, "COLOUR", "expected a string, got a number")]),
        ({"A": [1.0], "COLOUR": [1.0]}, [Problem(0, "COLOUR", "expected a string, got a number")]),
        ({"A": [1.0], "HEIGHT": [3.0]}, [Problem(0, "HEIGHT", "unknown field: the contract has no such column")]),
        ({"A": [1.0, None]}, [Problem(1, "A", "required, but missing or null")]),
        ({"B": [1.0]}, [Problem(0, "A", "required, but missing or null")]),
    ],
)  # fmt: skip
def test_a_table_has_the_problems_of_its_rows(columns, problems):
    assert problems_of(pd.DataFrame(columns)) == problems


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from(["SK_ID_CURR", "A", "B", "COLOUR", "Z"]), json_values) | json_values))
def test_any_json_is_validated_without_an_exception(payload):
    applications, problems = validate(CONTRACT, payload)

    assert problems or not np.isinf(applications.values).any()
    assert applications.values.shape == (len(payload), 3)


@given(st.lists(st.fixed_dictionaries({"A": st.floats(allow_nan=False, allow_infinity=False)})))
def test_each_row_is_validated_independently(payload):
    together = validated(CONTRACT, payload)

    for row, application in enumerate(payload):
        assert np.array_equal(together.values[row], validated(CONTRACT, [application]).values[0], equal_nan=True)


def test_order_of_fields_in_a_request_does_not_matter():
    backwards = dict(reversed(FIELDS.items()))

    assert same(validated(CONTRACT, [FIELDS]), validated(CONTRACT, [backwards]))


@pytest.mark.parametrize("value", [pd.NA, np.array([1, 2]), pd.NaT], ids=["NA", "array", "NaT"])
def test_unusual_python_objects_are_validated_without_an_exception(value):
    validate(CONTRACT, [{"A": 1.0, "B": value}])


def test_a_duplicate_column_is_a_problem():
    table = pd.DataFrame([[1.0, 2.0]], columns=["A", "A"])

    assert Problem(None, "A", "the column was sent more than once") in problems_of(table)
