"""Versions side by side: figures from their tags."""

from dataclasses import replace

from desk.models.figures import Figure, compared, side_by_side
from tests.unit.desk.models.models import check, model, record, version

HELD_OUT = {
    "data": "features",
    "data.digest": "e0b5e922",
    "clients": "3163",
    "oof_auc": "0.7788",
    "holdout_clients": "837",
    "holdout_auc": "0.7716",
    "holdout_auc_95": "0.7095 to 0.8226",
    "holdout_calibration_error": "0.0231",
    "threshold": "0.0909",
}


def with_tags(found, number, **tags):
    return replace(found, versions={**found.versions, number: version(number, **tags)})


def test_held_out_figures_come_before_those_out_of_fold():
    found = compared(with_tags(model(), "1", **HELD_OUT), "1")

    assert found.is_held_out
    assert (found.clients, found.data, found.threshold) == (837, "features e0b5e922", 0.0909)
    assert found.figures == {"auc": Figure(0.7716, 0.7095, 0.8226), "calibration_error": Figure(0.0231)}


def test_a_version_without_figures_has_none_and_no_invented_ones():
    found = compared(with_tags(model(), "1", oof_auc="high", clients="many"), "1")

    assert (found.figures, found.clients, found.threshold, found.gate) == ({}, None, None, "")


def test_the_gates_failures_are_those_of_the_last_attempt():
    attempt = record(1, "2", "promotion", "refused", checks=[check("ranking", True), check("threshold", False)])

    found = compared(model(attempt), "2")

    assert [row.name for row in found.failed] == ["threshold"]
    assert found.attempt == attempt


def test_champion_previous_and_pending_stand_before_the_newest_candidates():
    waiting = record(3, "5", "promotion", "pending", approvals=1)
    moves = [record(1, "2", "promotion", "champion"), record(2, "3", "promotion", "champion", replaced="2")]
    found = model(*moves, waiting, versions=9, champion="3", previous="2", waiting=waiting)

    assert [each.number for each in side_by_side(found)] == ["3", "2", "5", "9", "8", "7"]


def test_before_there_is_a_champion_the_newest_candidates_stand_alone():
    assert [each.number for each in side_by_side(model(versions=2))] == ["2", "1"]
