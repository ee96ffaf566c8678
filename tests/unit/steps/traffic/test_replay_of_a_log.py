"""Decisions on record, decided again: same bits by the version that decided, and what another would have done."""

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import make_url

from custom_model.alternatives import Move
from custom_model.costs import Costs, is_refused
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.decisions import Decider
from custom_model.identifiers import uuid7
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.run.console import UserError
from steps.stores.decision_export import export
from steps.traffic import recorded
from steps.traffic.comparison import GRANTED, NOT_DECIDED, REFERRED, REFUSED
from steps.traffic.deciding import Declared, is_explained
from steps.traffic.recorded import ExportedTraffic, LoggedTraffic, Span


def test_the_version_that_decided_decides_again_with_the_same_bits_and_reasons(traffic, same, again, requests):
    comparison = again(traffic, same)

    assert len(comparison) == len(requests) > 300
    assert np.array_equal(comparison.then.probability, comparison.now.probability)
    assert np.array_equal(comparison.then.outcome, comparison.now.outcome)
    assert np.array_equal(comparison.then.threshold, comparison.now.threshold)
    assert {GRANTED, REFUSED} <= set(comparison.then.outcome.tolist())
    assert len(comparison.reasons) > 20
    assert all(then == now for then, now in comparison.reasons)


def test_a_lower_threshold_refuses_those_between_both_and_no_others(traffic, stricter, again):
    comparison = again(traffic, stricter)

    probability = comparison.then.probability
    between = is_refused(probability, 1 / 31) & ~is_refused(probability, 1 / 11)
    assert between.sum() > 5
    assert np.array_equal(comparison.then.granted & ~comparison.now.granted, between)
    assert not (~comparison.then.granted & comparison.now.granted).any()


def test_a_request_without_a_newly_required_field_is_refused_by_the_contract_and_the_others_are_decided(
    traffic, changed, again, requests
):
    version = changed({"required": ("AMT_INCOME_TOTAL", "AMT_CREDIT", "EXT_SOURCE_1")})

    comparison = again(traffic, version)

    without = {str(each["SK_ID_CURR"]) for each in requests if "EXT_SOURCE_1" not in each}
    lacking = np.array([client in without for client in comparison.client_ids])
    assert lacking.sum() > 20
    assert np.array_equal(comparison.now.outcome == NOT_DECIDED, lacking)
    assert np.array_equal(comparison.now.probability[~lacking], comparison.then.probability[~lacking])
    ((field, _), count) = comparison.problems.most_common(1)[0]
    assert (field, count) == ("EXT_SOURCE_1", lacking.sum())
    assert comparison.refused_by_contract == lacking.sum()


def test_pages_of_any_size_have_every_decision_once_and_in_order(traffic, monkeypatch):
    whole = [batch for batch in traffic.batches()]
    monkeypatch.setattr(recorded, "ROWS", 7)  # requests of a hundred share a time

    paged = [batch for batch in traffic.batches()]

    assert max(len(batch) for batch in paged) == 7
    ids = [each for batch in paged for each in batch["decision_id"].to_pylist()]
    assert ids == [each for batch in whole for each in batch["decision_id"].to_pylist()]
    assert len(set(ids)) == len(ids) == traffic.count()


def test_an_export_is_replayed_as_the_log_is(traffic, tmp_path, same, again, monkeypatch):
    monkeypatch.setattr(recorded, "ROWS", 50)
    file = tmp_path / "decisions.parquet"
    export(traffic.records, file, None, None)

    exported = ExportedTraffic(file, traffic.span)

    assert exported.count() == traffic.count()
    of_log, of_export = again(traffic, same), again(exported, same)
    assert np.array_equal(of_log.now.probability, of_export.now.probability)
    assert of_log.decision_ids.tolist() == of_export.decision_ids.tolist()
    assert of_log.reasons == of_export.reasons


def test_only_decisions_of_the_span_and_of_the_model_are_read(traffic, of_span, tmp_path):
    times = [time for batch in traffic.batches() for time in batch["decided_at"].to_pylist()]
    middle = sorted(times)[len(times) // 2]
    file = tmp_path / "decisions.parquet"
    export(traffic.records, file, None, None)

    spans = {
        "since": (of_span(traffic, since=middle), sum(time >= middle for time in times)),
        "until": (of_span(traffic, until=middle), sum(time < middle for time in times)),
        "model": (of_span(traffic, model_name="loans"), 0),
    }

    for each, expected in spans.values():
        assert each.count() == sum(map(len, each.batches())) == expected
        exported = ExportedTraffic(file, each.span)
        assert exported.count() == sum(map(len, exported.batches())) == expected


def test_a_file_that_is_no_export_is_an_error_that_says_what_one_is(traffic, tmp_path):
    (tmp_path / "x.parquet").write_text("none")
    pq.write_table(pq.read_table(_exported(traffic, tmp_path)).drop_columns(["fields"]), tmp_path / "y.parquet")

    for name, expected in (("x", "steps.decisions export"), ("y", "it lacks fields"), ("z", "steps.decisions export")):
        with pytest.raises(UserError, match=expected):
            ExportedTraffic(tmp_path / f"{name}.parquet", traffic.span).count()


@pytest.mark.parametrize(
    ("column", "wrong", "expected"),
    [
        ("decision", ["banana"], "without a valid decision"),
        ("decision", [None], "without a valid decision"),
        ("probability_of_default", [float("nan")], "without a valid probability_of_default"),
        ("threshold", [7.0], "without a valid threshold"),
        ("decision_id", [None], "without a valid decision_id"),
        ("decided_at", [None], "without a valid decided_at"),
        ("decided_at", ["noon"], "expected decided_at as timestamp"),
        ("model_name", [{"name": "credit-scoring"}], "expected model_name as string"),
        ("fields", [b"\xff"], "expected fields as string"),
        ("fields", ["[1]"], "fields: expected"),
        ("fields", ["{"], "fields: expected"),
        ("history_fields", ["[" * 20_000], "fields: expected"),
        ("reasons", ["[1]"], "reasons: expected"),
    ],
)
def test_an_export_with_other_values_than_a_log_has_is_an_error_and_never_another_decision(
    traffic, tmp_path, same, again, capsys, column, wrong, expected
):
    table = pq.read_table(_exported(traffic, tmp_path), filters=[("decision", "=", "refused")]).slice(0, 1)
    table = table.set_column(table.schema.get_field_index(column), column, pa.array(wrong))
    pq.write_table(table, tmp_path / "hostile.parquet")

    with pytest.raises((UserError, SystemExit)) as error:
        again(ExportedTraffic(tmp_path / "hostile.parquet", traffic.span), same)

    assert expected in str(error.value) + capsys.readouterr().err  # a process of a replay ends with its sentence


def _exported(traffic, folder):
    export(traffic.records, folder / "whole.parquet", None, None)
    return folder / "whole.parquet"


def test_erased_requests_are_counted_and_not_decided(requests, decider: Decider, same, again, tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    with closing(DecisionService(decider, Origin("credit-scoring", "1"), log=DecisionLog(url))) as service:
        service.decide(requests[:10])
    with closing(Records.open(url)) as records:
        records.erase(str(requests[3]["SK_ID_CURR"]))

        comparison = again(LoggedTraffic(records, "log", Span("credit-scoring")), same)

    assert (len(comparison), comparison.erased) == (9, 1)


def test_a_request_with_its_own_threshold_is_held_against_that_again(
    requests, contract, scorecard, booster, changed, again, tmp_path
):
    allowing = {"rules": scorecard.rules.model_copy(update={"request_threshold": "allow"})}
    version, url = changed(**allowing), make_url(f"sqlite:///{tmp_path / 'log.db'}")
    with closing(
        DecisionService(version.service.decider, Origin("credit-scoring", "1"), log=DecisionLog(url))
    ) as service:
        service.decide(requests[:50], {"threshold": 0.4})
    with closing(Records.open(url)) as records:
        traffic = LoggedTraffic(records, "log", Span("credit-scoring"))

        allowed, simulating = again(traffic, version), again(traffic, changed())

    assert set(allowed.now.threshold.tolist()) == {0.4}
    assert np.array_equal(allowed.then.outcome, allowed.now.outcome)
    assert simulating.refused_by_contract == 50
    assert [field for field, _ in simulating.problems] == ["params.threshold"]


def test_referred_answered_and_offered_decisions_are_decided_alike_by_their_version_and_cost_a_review(
    requests, changed, again, tmp_path
):
    costs = Costs(false_negative=10, false_positive=1, review=0.6)
    version = changed(costs=costs, alternatives={"AMT_CREDIT": Move(lower=0.3)})
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    with closing(DecisionService(version.service.decider, Origin("credit-scoring", "1"), log=DecisionLog(url))) as own:
        decided = own.decide(requests[:200], {"alternatives": "refused"})
    referred = next(each["decision_id"] for each in decided if each["decision"] == "referred")
    with closing(Records.open(url)) as records:
        records.override(referred, "granted", "so", None, "maria")

        comparison = again(LoggedTraffic(records, "log", Span("credit-scoring")), version)

    assert {REFUSED, REFERRED} <= set(comparison.then.outcome.tolist())
    assert comparison.then.outcome[comparison.decision_ids == referred] == [REFERRED]  # as the version decided
    assert np.array_equal(comparison.then.outcome, comparison.now.outcome)
    assert np.array_equal(comparison.then.probability, comparison.now.probability)
    assert set(comparison.now.cost(costs)[comparison.now.referred].tolist()) == {0.6}


@pytest.mark.parametrize("source", ["store", "none", "request"])
def test_history_is_declared_by_a_store_or_by_whoever_says_that_there_is_none(source):
    candidate = {"declared": ["EXT_SOURCE_1", "BUREAU", "OWN_CAR_AGE"], "history": ["BUREAU"]}
    declared = Declared(candidate, {"1": {"declared": ["OWN_CAR_AGE", "OTHER"]}}.__getitem__)

    names = declared.nulls("1", source)

    # A table's missing values are left out of a record, so what the version demanded was sent; EXT_SOURCE_1 was not.
    assert names == ('["OWN_CAR_AGE"]' if source == "request" else '["BUREAU", "OWN_CAR_AGE"]')
    assert declared.nulls(None, "request") == "[]"


def test_the_share_of_explained_decisions_is_chosen_by_their_ids():
    ids = [str(uuid7()) for _ in range(4_000)]

    chosen = [each for each in ids if is_explained(each, 0.25)]

    assert 850 < len(chosen) < 1_150
    assert chosen == [each for each in ids if is_explained(each, 0.25)]
    assert all(is_explained(each, 1.0) for each in ids)
    assert not any(is_explained(each, 0.0) for each in ids)


def test_decisions_are_compared_with_their_fields_and_versions(traffic, same, again, requests):
    comparison = again(traffic, same, ("CODE_GENDER", "AMT_CREDIT"))

    expected = [each.get("CODE_GENDER") for each in requests]
    assert Counter(comparison.fields["CODE_GENDER"].tolist()) == Counter(expected)
    assert set(comparison.versions.tolist()) == {"1"}
    assert float(comparison.fields["AMT_CREDIT"][0]) in {each["AMT_CREDIT"] for each in requests}
    assert REFERRED not in comparison.then.outcome


def test_a_window_in_the_future_is_empty(traffic, of_span, same, again):
    comparison = again(of_span(traffic, since=datetime.now(UTC) + timedelta(days=1)), same)

    assert len(comparison) == 0
    assert comparison.compared.tolist() == []
