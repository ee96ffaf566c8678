"""The params of a Parquet body come from the query: the same as in JSON, or a problem without any value."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_model.errors import MAX_PROBLEMS, BadRequest
from custom_model.params import RequestParams, validate_params
from custom_model.server.media_types import JSON, PARQUET
from custom_model.server.query_params import MAX_QUERY_BYTES, ONLY_PARQUET, TOO_LONG, UNREADABLE, params_of_query

SECRET = "S3CRET"
ONCE = "expected once, got twice or more"


def problems_of(query: bytes, media: str = PARQUET) -> list[tuple[str | None, str]]:
    """The problems of a query that is refused as a whole: their fields and texts."""
    with pytest.raises(BadRequest) as error:
        params_of_query(query, media)
    return [(problem["field"], problem["problem"]) for problem in error.value.body["problems"]]


@pytest.mark.parametrize(
    "params",
    [
        *({"reasons": "none"}, {"reasons": "all", "history": "none"}, {"simulate": True}, {"simulate": False}),
        *({"threshold": 0.2}, {"threshold": 1e-9, "simulate": True}, {"alternatives": "refused"}),
        {"explanation": "topics", "alternatives": "none", "history": "sent", "reasons": "refused"},
    ],
    ids=str,
)
def test_a_query_gives_the_params_that_json_has(params):
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}

    found = params_of_query(urlencode(texts).encode(), PARQUET)

    assert found == params
    assert [type(value) for value in found.values()] == [type(value) for value in params.values()]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
@example(5e-324)
@example(0.1 + 0.2)
def test_a_threshold_is_the_number_of_its_json_to_the_last_bit(number):
    text = json.dumps(number)

    assert params_of_query(urlencode({"threshold": text}).encode(), PARQUET) == {"threshold": float(number)}


@pytest.mark.parametrize("text", ["0.2", "2e-1", "2E-01", "0.02e%2B1", "0.20", "20e-2"])
def test_each_spelling_of_a_number_in_json_is_a_threshold(text):
    params = params_of_query(f"threshold={text}".encode(), PARQUET)

    assert validate_params(params, "allow") == (RequestParams(threshold=0.2), [])


@pytest.mark.parametrize(
    "text",
    [
        *("", "nan", "NaN", "inf", "Infinity", "-inf", "1e999", "1_0", "0.1_0", "+1", "+0.5", " 0.5", "0.5 ", "0.5\n"),
        *(
            ".5",
            "0.",
            "00.5",
            "0x1",
            "0,5",
            "1e",
            "-0.1",
            "0",
            "1",
            "2",
            "true",
            "null",
            '"0.5"',
            "[0.5]",
            "０.５",
            "٠.٥",
        ),
        *("0.5;", "0.5\0", "half", "9" * 2_000),
    ],
)
def test_any_other_text_is_no_threshold(text):
    params = params_of_query(urlencode({"threshold": text}).encode(), PARQUET)

    _, (problem,) = validate_params(params, "allow")

    assert (problem.field, problem.problem) == ("params.threshold", "expected a number greater than 0 and less than 1")


@pytest.mark.parametrize("text", ["", "True", "TRUE", "1", "0", "yes", " true", "true ", "null", "false\n", '"true"'])
def test_simulate_is_true_or_false_and_nothing_else(text):
    params = params_of_query(urlencode({"simulate": text}).encode(), PARQUET)

    assert [each.problem for each in validate_params(params)[1]] == ["expected true or false"]
    assert validate_params(params)[0].simulate is False


@pytest.mark.parametrize("name", ["reasons", "history", "alternatives", "explanation"])
@pytest.mark.parametrize("text", ["", "ALL", " none", "none;simulate=true", "none,all", "true", "1"])
def test_a_value_that_is_not_one_of_the_params_own_is_its_problem(name, text):
    params = params_of_query(urlencode({name: text}).encode(), PARQUET)

    (problem,) = validate_params(params, has_alternatives=True)[1]

    assert problem.field == f"params.{name}"
    assert problem.problem.startswith("expected one of ")


@pytest.mark.parametrize("name", ["verbose", "Reasons", " reasons", "reasons[]", "", "params.reasons", "é", "\0"])
def test_an_unknown_param_is_named(name):
    params = params_of_query(urlencode({name: SECRET}).encode(), PARQUET)

    (problem,) = validate_params(params)[1]

    assert problem.field == f"params.{name}"
    assert problem.problem.startswith("unknown param: expected one of alternatives, ")


def test_names_and_values_may_be_percent_encoded():
    assert params_of_query(b"re%61sons=%6E%6f%6Ee", PARQUET) == {"reasons": "none"}


@pytest.mark.parametrize("query", [b"reasons=none&reasons=none", b"reasons=all&history=none&re%61sons=none"])
def test_a_param_that_comes_twice_is_a_problem_even_with_one_value(query):
    assert problems_of(query) == [("params.reasons", ONCE)]


def test_all_doubled_params_are_named_and_their_names_cut():
    long = "n" * 500

    assert problems_of(f"simulate=true&{long}=&{long}=&simulate=true".encode()) == [
        ("params.simulate", ONCE),
        (f"params.{'n' * 100}...", ONCE),
    ]


@pytest.mark.parametrize(
    "query",
    [
        *(b"simulate", b"S3CRET", b"&", b"reasons=none&", b"&reasons=none", b"reasons=none&&history=none", b"%3d"),
        *(b"reasons=%ff", b"%ff=none", b"reasons=none%C3", b"reasons=%ed%a0%80", b"reasons=%c0%ae", b"reasons=\xff"),
        "reasons=é".encode(),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_as_a_whole(query):
    assert problems_of(query) == [("query", UNREADABLE)]


@pytest.mark.parametrize("query", [b"simulate=true", b"reasons=none", b"x", b"%ff", b"a" * 60_000])
def test_json_has_no_query(query):
    assert problems_of(query, JSON) == [("query", ONLY_PARQUET)]


@pytest.mark.parametrize("query", [b"=&", b"%", b"a=%C3%A9&", b"x=1&", b"+"])
def test_a_long_query_is_not_decoded(query):
    long = (query * (MAX_QUERY_BYTES + 1))[: MAX_QUERY_BYTES + 1]

    assert problems_of(long) == [("query", TOO_LONG)]


def test_a_query_of_many_params_has_no_more_problems_than_an_answer():
    names = [f"{number:x}" for number in range(MAX_PROBLEMS)]
    query = "&".join(f"{name}=" for name in names)[:MAX_QUERY_BYTES].rpartition("&")[0]

    params = params_of_query(query.encode(), PARQUET)

    assert len(validate_params(params)[1]) == len(params) <= MAX_PROBLEMS


@given(st.text(st.characters(max_codepoint=127), min_size=1).map(str.encode) | st.binary(min_size=1))
def test_any_query_is_params_or_a_bad_request(query):
    try:
        params = params_of_query(query, PARQUET)
    except BadRequest:
        return
    validate_params(params)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=8), st.text(st.characters(codec="utf-8"), max_size=20)
    )
)
def test_a_query_of_any_texts_has_each_once(texts):
    query = urlencode(texts).encode()
    if query:
        assert params_of_query(query, PARQUET).keys() == texts.keys()


@pytest.mark.parametrize(
    "query", [b"threshold=S3CRET", b"reasons=S3CRET", b"simulate=S3CRET", b"x=S3CRET", b"x=S3CRET&x=S3CRET", b"S3CRET"]
)
def test_no_problem_repeats_a_value(query):
    with pytest.raises(BadRequest) as error:
        raise BadRequest(validate_params(params_of_query(query, PARQUET))[1])

    assert SECRET not in error.value.serialize_as_json()
