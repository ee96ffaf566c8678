"""A search: what is typed becomes a condition, or a sentence that says what is wrong."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.decision_log.record import Record
from desk.find.listing import MOST, listing
from desk.find.search import Search, decision_id
from tests.recorded import recorded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = "01890a5d-ac96-774b-bcce-b302099a8057"


def row(**changes: object) -> Record:
    return recorded(**{"decided_at": NOON, "client_id": "7", **changes})


@pytest.fixture
def records(tmp_path):
    """Ten decisions, one a day, granted and refused in turn; the first is referred, the last of version 2."""
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    rows = [
        row(decided_at=NOON + timedelta(days=day), decision=("granted", "refused")[day % 2], client_id=str(day % 3))
        for day in range(10)
    ]
    rows[0]["decision"], rows[9]["model_version"] = "referred", "2"
    log = DecisionLog(url)
    log.submit(rows).result(30)
    log.close()
    with closing(Records.open(url)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"client": " 1 "}, [7, 4, 1]),
        ({"outcome": "refused", "until": "2026-03-06"}, [5, 3, 1]),
        ({"since": "2026-03-09", "until": "2026-03-10"}, [9, 8]),
        ({"since": "2026-03-09T12:00:00Z", "until": "2026-03-10T12:00:00+00:00"}, [8]),
        ({"version": "2"}, [9]),
        ({"waiting": "yes"}, [0]),
        ({"outcome": "' OR 1=1"}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"version": "' OR 1=1 --"}, []),
    ],
    ids=["all", "client", "outcome", "days, both included", "times", "version", "waiting", "no outcome", "no SQL"],
)
def test_conditions_find_what_they_say_the_newest_first(records, given, days):
    found = listing(records, Search.of(given).condition("credit-scoring"))

    assert [(line.decided_at - NOON).days for line in found.lines] == days
    assert (found.count, found.more) == (len(days), 0)


def test_a_list_says_how_many_it_leaves_out(records, tmp_path):
    log = DecisionLog(make_url(f"sqlite:///{tmp_path / 'log.db'}"))
    log.submit([row(client_id="many") for _ in range(MOST + 3)]).result(30)
    log.close()

    found = listing(records, Search.of({"client": "many"}).condition("credit-scoring"))

    assert (len(found.lines), found.more) == (MOST, 3)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"decision": "1"}, {"decision": "find.wrong_id"}),
        ({"decision": "x" * 36}, {"decision": "find.wrong_id"}),
        ({"client": "7\u2028"}, {}),
        ({"client": "7\x008"}, {"client": "find.wrong_client"}),
        ({"client": "7\u202e8"}, {"client": "find.wrong_client"}),
        ({"client": "7" * 201}, {"client": "find.wrong_client"}),
        ({"client": "O'Brien <b> ü 漢"}, {}),
        ({"since": "yesterday", "until": "2026-02-30"}, {"since": "find.wrong_day", "until": "find.wrong_day"}),
        ({"since": "0001-01-01T00:00:00+14:00"}, {"since": "find.wrong_day"}),
    ],
    ids=["number", "no digits", "end of line", "NUL", "turned around", "too long", "odd and right", "days", "year 0"],
)
def test_what_cannot_be_looked_for_is_named(given, wrong):
    assert Search.of(given).wrong == wrong


def test_an_id_is_found_however_it_is_written():
    assert decision_id(IDENTITY.upper()) == IDENTITY
    assert decision_id(IDENTITY.replace("-", "")) == IDENTITY
    assert decision_id("{" + IDENTITY + "}") is None
    assert decision_id("../" + IDENTITY) is None


def test_a_search_that_says_nothing_is_empty():
    assert Search.of({"client": "", "other": "x"}).is_empty
    assert not Search.of({"waiting": "yes"}).is_empty


def test_where_a_decision_stands_is_in_its_line(records):
    ids = [line.decision_id for line in listing(records, Search().condition("credit-scoring")).lines]
    records.contest(ids[0], "mine", "ana")
    records.contest(ids[1], "mine", "ana")
    records.override(ids[1], "granted", "so", None, "eva")

    lines = listing(records, Search().condition("credit-scoring")).lines

    assert [line.stands for line in lines[:3]] == ["find.contested", "find.answered_granted", ""]
    assert (lines[-1].decision, lines[-1].stands) == ("referred", "find.waits")


def test_the_last_day_of_the_calendar_is_a_bound_like_any_other(records):
    assert records.count(Search.of({"until": "9999-12-31"}).condition("credit-scoring")) == 10
