"""The logs of the benchmark are those of a year, and each page of the desk answers on them."""

import pytest
from sqlalchemy import make_url

from benchmarks.desk import pages
from benchmarks.desk.logs import postgresql_log, sqlite_log
from benchmarks.replay import recorded_log
from custom_model.decision_log.reader import Records
from custom_model.decision_log.totals import Span
from custom_model.origin import Origin

pytestmark = pytest.mark.slow


def test_both_databases_have_the_same_year_and_every_page_answers(subject, tmp_path, monkeypatch, postgres):
    monkeypatch.setattr(recorded_log, "DISTINCT", 20)
    monkeypatch.setattr(pages, "ROUNDS", 1)

    log = sqlite_log(subject, Origin("loans", "1"), tmp_path, 100)
    copy = postgresql_log(log, postgres)

    totals = []
    for url in (log, copy):
        records = Records.open(make_url(url))
        totals.append(
            sorted((each.day, each.decision, each.decisions) for each in records.totals_by_day(Span("loans")))
        )
        records.close()
    assert totals[0] == totals[1]
    assert (totals[0][-1][0] - totals[0][0][0]).days > 250
    # A page that answers with another status than 200 raises.
    assert {"all", "its last month", "list of all", "a decision"} <= pages.page_seconds("loans", copy).keys()
