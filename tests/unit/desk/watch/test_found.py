"""What monitor found, in both languages."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from desk.language.catalogue import words
from desk.language.languages import Language
from desk.watch.alarms import alarms, since
from desk.watch.found import found
from steps.ledger.records import Event, Outcome, Record
from steps.monitoring.report.report import MonitoringReport
from tests.unit.desk.watch.reports import report

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def alarmed() -> MonitoringReport:
    return report(alarmed=True)


@pytest.mark.parametrize("language", get_args(Language))
def test_each_alarm_of_the_report_is_told_with_what_to_do(alarmed, language):
    told = alarms(alarmed, language)

    assert len(told) == len(alarmed.alarms) == 11
    assert len({each.text for each in told}) == len(told)
    assert {each.action for each in told} == {words()[key][language] for key in words() if key.startswith("watch.do_")}
    assert "EXT_SOURCE_2" in told[0].text


def test_only_what_is_on_record_as_a_sentence_stays_english(alarmed):
    english, french = (alarms(alarmed, each) for each in get_args(Language))

    assert [each.lang for each in french] == ["en"] + [None] * 10
    assert all(one.text != other.text for one, other in zip(english[1:], french[1:], strict=True))
    assert {each.lang for each in english} == {None}


def test_defaults_twice_as_many_as_foretold_are_called_too_many(alarmed):
    _, calibration, *_ = found(alarmed, "en")

    assert calibration.sentences[0].text.startswith("They are too low")
    assert calibration.sentences[0].is_warning


def test_vintages_drift_and_fairness_are_drawn_with_the_same_data_as_tables(alarmed):
    drawn = [each for each in found(alarmed, "en") if each.picture]

    assert [each.title.split(":")[0] for each in drawn] == [
        "Vintage curves",
        "Drift, by what it does to the decisions",
        "Fairness in use",
    ]
    assert all(each.table and each.table.rows for each in drawn)
    assert "+3.0 (+2.0 to +4.0)" in [str(each) for each in drawn[1].table.rows[0]]


def test_without_outcomes_the_page_names_the_command_that_brings_them():
    realised, drift, *_ = found(report(alarmed=False), "en")

    assert realised.commands == ["mlflow run . -e monitor --env-manager local -P labels=outcomes.csv"]
    assert drift.sentences[0].text == "No field that the model uses drifts beyond what is tolerated."


def test_what_was_done_is_what_the_ledger_has_since_then():
    def record(number: int, at: datetime) -> Record:
        return Record(
            event=Event.rollback, outcome=Outcome.champion, version="2", number=number, who="ana", at=at, before="",
            reason="drift",
        )  # fmt: skip

    ledger = [record(2, NOW + timedelta(hours=1)), record(1, NOW - timedelta(hours=1))]

    table = since(iter(ledger), NOW, "fr")
    assert table is not None
    (row,) = table.rows
    assert row[1:] == ["ana", "retour à une version antérieure", "version 2", "décide depuis", "drift"]
    assert since(iter(ledger), NOW + timedelta(days=1), "fr") is None
