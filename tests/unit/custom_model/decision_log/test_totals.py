"""Totals of decisions by day, from an index alone, and lists of decisions without any data of a client."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from custom_model.databases import dialect_of
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import decisions
from custom_model.decision_log.totals import Span, by_day

MODEL = "credit-scoring"
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
FIRST = date(2026, 3, 1)
DECIDED = {
    "granted": 10 * 0.05,  # a default costs 10
    "refused": 1 * (1 - 0.05),
}


@pytest.fixture
def records(url, log, record):
    """Six decisions an hour from 22:00 on 1 March to 3:00 on 2 March; the last two by version 2, on past loans."""
    outcomes = ["granted", "refused", "referred", "granted", "granted", "referred"]
    log.submit(
        [
            record(
                decision_id=f"decision-{hour}",
                decided_at=MIDNIGHT + timedelta(hours=hour - 2),
                probability_of_default=0.05,
                decision=outcome,
                model_version="1" if hour < 4 else "2",
                history="none" if hour < 4 else "store",
                cost_review=0.3 if hour == 5 else None,
            )
            for hour, outcome in enumerate(outcomes)
        ]
        + [record(model_name="another", decided_at=MIDNIGHT, cost_review=None)]
    ).result(30)
    records = Records.open(url)
    yield records
    records.close()


def test_totals_are_by_day_in_utc_version_history_and_outcome(records):
    found = {
        (each.day.day, each.version, each.history, each.decision): each for each in records.totals_by_day(Span(MODEL))
    }

    assert {key: each.decisions for key, each in found.items()} == {
        (1, "1", "none", "granted"): 1,
        (1, "1", "none", "refused"): 1,
        (2, "1", "none", "referred"): 1,
        (2, "1", "none", "granted"): 1,
        (2, "2", "store", "granted"): 1,
        (2, "2", "store", "referred"): 1,
    }


def test_a_decision_costs_what_its_outcome_is_expected_to_by_its_own_costs(records):
    costs = {(each.version, each.decision): each for each in records.totals_by_day(Span(MODEL))}

    assert costs["1", "granted"].cost == pytest.approx(DECIDED["granted"])
    assert costs["1", "refused"].cost == pytest.approx(DECIDED["refused"])
    assert costs["1", "referred"].cost == pytest.approx(DECIDED["granted"])  # as the threshold would decide
    assert costs["2", "referred"].cost == pytest.approx(0.3)  # the review
    assert costs["2", "referred"].squares == pytest.approx(0.09)
    assert costs["2", "granted"].probability == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        (Span(MODEL), [5, 4, 3, 2, 1, 0]),
        (Span(MODEL, FIRST, FIRST), [1, 0]),
        (Span(MODEL, first=date(2026, 3, 2)), [5, 4, 3, 2]),
        (Span(MODEL, version="2"), [5, 4]),
        (Span(MODEL, has_history=False), [3, 2, 1, 0]),
        (Span(MODEL, has_history=True, decision="referred"), [5]),
        (Span("no such model"), []),
    ],
    ids=["all", "a day", "from a day on", "a version", "without past loans", "two conditions", "no model"],
)
def test_a_span_has_its_decisions_the_newest_first_and_its_totals_count_them(records, span, hours):
    listed = records.listed(span, 10)

    assert [each["decision_id"] for each in listed] == [f"decision-{hour}" for hour in hours]
    assert sum(each.decisions for each in records.totals_by_day(span)) == len(hours)


def test_pages_of_a_list_have_each_decision_once(records):
    pages, before = [], ""
    while rows := records.listed(Span(MODEL), 4, before):
        pages.append([each["decision_id"] for each in rows])
        before = pages[-1][-1]

    assert [len(each) for each in pages] == [4, 2]
    assert len({*itertools.chain(*pages)}) == 6
    assert records.listed(Span(MODEL), 4, "not on record") == []


def test_a_list_has_no_data_of_a_client(records):
    (row,) = records.listed(Span(MODEL), 1)

    assert not row.keys() & {"client_id", "fields", "history_fields", "reasons", "missing", "unusual"}


def test_the_days_of_a_log_are_those_of_its_model(records):
    assert records.first_and_last_day(MODEL) == (FIRST, date(2026, 3, 2))
    assert records.first_and_last_day("no such model") is None


def test_on_sqlite_totals_are_read_from_the_index_in_the_order_of_its_groups(url, records):
    if url.get_backend_name() != "sqlite":
        pytest.skip("PostgreSQL chooses by the rows there are")
    asked, engine = [], dialect_of(url).reading_engine(url, 5)
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2:4]))
    with engine.connect() as connection:
        by_day(connection, Span(MODEL, FIRST))
        statement, parameters = asked[-1]
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())

    assert "INDEX decisions_watched (model_name=? AND <expr>>?)" in plan
    assert "TEMP B-TREE" not in plan
    columns = {each.name for each in decisions.c if f"decisions.{each.name}" in statement}
    assert columns <= {
        each.name for index in decisions.indexes if index.name == "decisions_watched" for each in index.columns
    }
