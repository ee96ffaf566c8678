"""Traffic counted against a reference: every request once, in the bins of the reference, whatever it has in it."""

import json
from contextlib import closing

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.monitoring.counting import observing
from steps.monitoring.counting.observing import observe
from steps.monitoring.counting.requests import WHOLE
from steps.monitoring.referencing.columns import column_of
from steps.run.console import UserError
from steps.stores.decision_export import export
from steps.traffic.comparison import GRANTED, REFUSED
from steps.traffic.recorded import ExportedTraffic, LoggedTraffic, Span
from tests.unit.steps.monitoring.references import START, recorded, reference_of, requests_of, table_of

GENDER, CREDIT = "CODE_GENDER", "AMT_CREDIT"


@pytest.fixture(scope="module")
def table(contract, values):
    return table_of(contract, values)


@pytest.fixture(scope="module")
def reference(decider, table):
    return reference_of(decider, table)


@pytest.fixture(scope="module")
def requests(table):
    return requests_of(table)


@pytest.fixture
def observed(reference, contract):
    """A function that counts traffic in this process."""
    return lambda traffic, sample=50: observe(traffic, reference, contract.model_dump(), 1, sample)


def test_requests_of_the_reference_are_counted_as_the_reference_was(observed, requests, reference, table):
    window = observed(recorded(requests[:300]))

    assert len(window) == 300
    for name, field in reference.fields.items():
        assert window.fields[name].counts.tolist() == field.counts.tolist()
        assert (window.fields[name].least, window.fields[name].greatest) == (field.least, field.greatest)
    for found, expected in zip(window.groups, reference.groups, strict=True):
        if expected.group.attribute != "client":  # that comes of what is on record
            assert found.members.sum() == expected.clients
            assert {name: each.tolist() for name, each in found.fields.items()} == {
                name: each.tolist() for name, each in expected.fields.items()
            }
    assert not window.unknown_fields
    assert not window.unreadable


def test_decisions_are_as_on_record(observed, requests):
    window = observed(
        recorded(
            requests[:3],
            decision=["granted", "refused", "referred"],
            probability_of_default=[0.01, 0.2, 0.3],
            threshold_source=["policy", "request", "policy"],
            history=["none", "store", "request"],
            model_version=["1", None, "2"],
            client_id=["7", None, "9"],
            reasons=["[]", json.dumps([{"code": "A"}, {"code": "B"}]), json.dumps([{"code": "A"}])],
        )
    )

    assert window.decided.outcome.tolist()[:2] == [GRANTED, REFUSED]
    assert window.decided.probability.tolist() == [0.01, 0.2, 0.3]
    assert window.own_threshold.tolist() == [False, True, False]
    assert window.history.tolist() == ["none", "store", "request"]
    assert window.versions.tolist() == ["1", None, "2"]
    assert window.client_ids.tolist() == ["7", None, "9"]
    assert window.reasons == [(), ("A", "B"), ("A",)]
    assert window.decided_at[0] == np.datetime64(START.replace(tzinfo=None), "us")
    known = {each.group.name: each.members.tolist() for each in window.groups if each.group.attribute == "client"}
    assert known == {"known": [False, True, True], "new": [True, False, False]}


def test_an_erased_request_is_a_decision_and_in_no_count(observed, requests):
    window = observed(recorded([requests[0], None, requests[0], None]))

    assert window.erased.tolist() == [False, True, False, True]
    assert window.repeats.tolist() == [False, False, True, False]
    assert {int(each.counts.sum()) for each in window.fields.values()} == {2}
    assert all(not each.members[[1, 3]].any() for each in window.groups)
    assert window.sample["decision_id"].to_pylist() == ["decision 0", "decision 2"]


def test_a_repeat_has_all_fields_of_an_earlier_request_whoever_the_client_is(observed, requests):
    first = {"SK_ID_CURR": 1, CREDIT: 1000.0, GENDER: "F"}
    same = {GENDER: "F", CREDIT: 1000, "SK_ID_CURR": 2, "EXT_SOURCE_1": None}

    window = observed(recorded([first, same, {**same, CREDIT: 1000.5}, {**first, GENDER: "M"}, first]))

    assert window.repeats.tolist() == [False, True, False, False, True]


def test_what_the_history_store_added_counts(observed, requests, reference):
    added = json.dumps({"BUREAU_ROWS_COUNT_ALL": 4.0})

    window = observed(recorded([{CREDIT: 1.0}] * 2, history_fields=[added, None], history=["store", "none"]))

    field, counts = reference.fields["BUREAU_ROWS_COUNT_ALL"].bins, window.fields["BUREAU_ROWS_COUNT_ALL"].counts
    assert counts[field.codes(np.array([4.0]))[0]] == counts[field.missing] == 1


def test_levels_and_fields_never_seen_are_named_with_their_numbers(observed, reference):
    traffic = recorded([{GENDER: "X", "colour": "red"}] * 3 + [{GENDER: "Y"}, {GENDER: "F"}])

    window = observed(traffic)

    assert dict(window.fields[GENDER].unseen) == {"X": 3, "Y": 1}
    assert window.fields[GENDER].counts[reference.fields[GENDER].bins.other] == 4
    assert window.fields["NAME_CONTRACT_TYPE"].unseen is None
    assert dict(window.unknown_fields) == {"colour": 3}


def test_what_cannot_be_read_is_counted_and_stops_nothing(observed):
    hostile = ["[]", '{"AMT_CREDIT": "much"}', '{"CODE_GENDER": [1]}', '{"AMT_CREDIT": 10']

    window = observed(recorded([*hostile, {CREDIT: 5.0}]))

    assert dict(window.unreadable) == {WHOLE: 2, CREDIT: 1, GENDER: 1}
    assert window.fields[CREDIT].counts.sum() == 5
    assert (window.fields[CREDIT].least, window.fields[CREDIT].median) == (5.0, 5.0)


def test_a_field_without_values_has_no_bounds(observed):
    window = observed(recorded([{CREDIT: 5.0}]))

    field = window.fields["EXT_SOURCE_1"]
    assert (field.least, field.median, field.greatest) == (None, None, None)


def test_a_window_without_decisions_is_counted_too(observed, reference):
    window = observed(recorded([]))

    assert len(window) == len(window.repeats) == len(window.sample) == 0
    assert [each.counts.sum() for each in window.fields.values()] == [0] * len(reference.fields)
    assert all(len(each.members) == 0 and set(each.fields) == set(reference.inputs) for each in window.groups)


def test_reasons_that_are_none_are_an_error_that_names_them(observed, requests):
    with pytest.raises(UserError, match="reasons: expected a JSON list"):
        observed(recorded(requests[:2], reasons=["[]", "{broken"]))


def test_batches_of_any_size_count_the_same(observed, requests, monkeypatch):
    traffic = recorded(requests[:200] + requests[:50])
    whole = observed(traffic)
    monkeypatch.setattr(observing, "AT_ONCE", 7)

    parts = observed(traffic)

    assert all(whole.fields[name].counts.tolist() == parts.fields[name].counts.tolist() for name in whole.fields)
    assert whole.repeats.tolist() == parts.repeats.tolist() == [False] * 200 + [True] * 50
    assert whole.sample.equals(parts.sample)
    assert [each.members.tolist() for each in whole.groups] == [each.members.tolist() for each in parts.groups]


@pytest.mark.slow
def test_processes_count_as_this_one_does_and_end(observed, reference, contract, requests, monkeypatch):
    traffic = recorded([*requests, {GENDER: "Ä", "größe": 1}, "[]", None])
    whole = observed(traffic)
    monkeypatch.setattr(observing, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(observing, "AT_ONCE", 60)

    parts = observe(traffic, reference, contract.model_dump(), 2, 50)

    for name, field in whole.fields.items():
        assert field.counts.tolist() == parts.fields[name].counts.tolist()
        assert (field.least, field.median, field.greatest, field.unseen) == (
            parts.fields[name].least,
            parts.fields[name].median,
            parts.fields[name].greatest,
            parts.fields[name].unseen,
        )
    for one, other in zip(whole.groups, parts.groups, strict=True):
        assert one.members.tolist() == other.members.tolist()
        assert all(one.fields[name].tolist() == other.fields[name].tolist() for name in reference.inputs)
    assert whole.repeats.tolist() == parts.repeats.tolist()
    assert (whole.unknown_fields, whole.unreadable) == (parts.unknown_fields, parts.unreadable)
    assert whole.unknown_fields == {"größe": 1}


def test_a_log_and_its_export_are_counted_alike(decider, requests, reference, contract, tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'decisions.db'}")
    asked = [each for each in requests if all(name in each for name in contract.required)]
    with closing(DecisionService(decider, Origin("loans", "1"), log=DecisionLog(url))) as service:
        for first in range(0, len(asked), 100):
            service.decide(asked[first : first + 100], {"reasons": "refused"})
    with closing(Records.open(url)) as records:
        records.erase(str(asked[0]["SK_ID_CURR"]))
        of_log = observe(LoggedTraffic(records, "log", Span("loans")), reference, contract.model_dump(), 1, 30)
        export(records, tmp_path / "decisions.parquet", None, None)
    exported = ExportedTraffic(tmp_path / "decisions.parquet", Span("loans"))
    of_export = observe(exported, reference, contract.model_dump(), 1, 30)

    assert len(of_log) == len(asked) == len(of_export) > 300
    assert of_log.erased.sum() == 1
    assert of_log.decision_ids.tolist() == of_export.decision_ids.tolist()
    assert of_log.reasons == of_export.reasons
    assert any(of_log.reasons)
    for name in reference.fields:
        assert of_log.fields[name].counts.tolist() == of_export.fields[name].counts.tolist()
    frame = table_of(contract, np.empty((0, len(contract.fields)))).frame
    assert set(of_log.fields) == set(frame) - {"SK_ID_CURR", "TARGET"}
    credit = np.array([each[CREDIT] for each in asked[1:]])
    assert of_log.fields[CREDIT].counts.tolist() == reference.fields[CREDIT].bins.counts(credit).tolist()
    assert isinstance(of_log.sample, pa.RecordBatch)
    assert len(of_log.sample) == 30
    assert column_of(frame, CREDIT, True).tolist() == []
