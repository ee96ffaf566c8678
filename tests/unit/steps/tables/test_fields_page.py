"""The page of all fields is what the sources of the fields give."""

import json
import re

import pytest

from steps.tables.aggregation import history_meanings
from steps.tables.fields_page import PAGE, page, request
from steps.tables.home_credit import APPLICATION, ID, home_credit

MEANINGS = home_credit()[APPLICATION].meanings | history_meanings()


def test_the_committed_page_is_what_the_sources_give():
    """`make docs` writes it anew."""
    assert PAGE.read_text("utf-8") == page()


def test_every_field_is_on_the_page_once_with_its_meaning():
    rows = dict(re.findall(r"^\| `(\w+)` +\| (.*) \|$", page(), re.MULTILINE))

    assert set(rows) == set(MEANINGS)
    for name, meaning in MEANINGS.items():
        assert meaning.description in rows[name]
        assert meaning.unit in rows[name]


@pytest.mark.parametrize("name", ["minimal", "realistic"])
def test_a_documented_request_has_fields_of_the_page_within_their_bounds(name):
    (application,) = json.loads(request(name))["inputs"]

    for field, value in application.items():
        if field != ID and isinstance(value, int | float):
            meaning = MEANINGS[field]
            assert meaning.lowest <= value <= meaning.highest, field
    assert set(application) <= {ID, *MEANINGS}
