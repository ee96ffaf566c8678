"""No JSON value anywhere in a request gets a 5xx or an answer that is not JSON from either server."""

import json

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

text = st.text(st.characters(exclude_categories=()))  # lone surrogates too: JSON can escape them
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats(allow_nan=True, allow_infinity=True)
    | text
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))
bounded = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        yield session


@given(place=st.integers(min_value=0), value=values)
@bounded
def test_any_value_in_any_field_is_decided_or_refused(either, session, table, place, value):
    fields = table.frame.columns

    assert_answered(session, either, {"inputs": [{**GOOD, fields[place % len(fields)]: value}]})


@given(name=text, value=values)
@bounded
def test_any_value_under_any_name_is_decided_or_refused(either, session, name, value):
    assert_answered(session, either, {"inputs": [{**GOOD, name: value}]})


@given(value=values)
@bounded
def test_any_value_as_the_applications_is_decided_or_refused(either, session, value):
    assert_answered(session, either, {"inputs": value})


PARAMS = {"threshold": values, "reasons": values, "history": values, "simulate": values, "more": values}


@given(value=st.fixed_dictionaries({}, optional=PARAMS) | values)
@bounded
def test_any_value_as_the_params_is_used_or_refused(either, session, value):
    assert_answered(session, either, {"inputs": [GOOD], "params": value})


def assert_answered(session, server, body):
    answer = session.post(
        f"{server}/invocations", data=json.dumps(body), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert answer.status_code in (200, 400), answer.text
    content = json.loads(answer.text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert ("predictions" in content) == (answer.status_code == 200)
