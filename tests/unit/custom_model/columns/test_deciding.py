"""Decisions in columns are those of single requests."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import create_engine, make_url, text

from custom_model.columns import ColumnDecider, DecisionIds
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.decision_log import DecisionLog
from custom_model.errors import BadRequest
from custom_model.model import decider as decider_of
from custom_model.origin import Origin
from custom_model.points import ScoreScale
from custom_model.ranges import Range
from custom_model.rules import Rules
from custom_model.service import DecisionService

KEY = bytes(range(16))
SCALE = ScoreScale(base_points=600, base_odds=50.0, points_to_double_odds=20.0)
GROUPS = {
    "scores": {"fields": ["EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"], "least": 2, "otherwise": "refer"},
    "past": {"fields": "history"},
}
RANGES = {
    "AMT_CREDIT": Range(lowest=0.0, seen=(60_000.0, 900_000.0)),
    "EXT_SOURCE_2": Range(lowest=0.0, highest=1.0, seen=(0.05, 0.95)),
    "BUREAU_ROWS_COUNT_ALL": Range(lowest=0.0, whole=True, seen=(0.0, 8.0)),
    "DAYS_EMPLOYED": Range(highest=0.0, special=(365_243.0,), seen=(-7_000.0, 0.0)),
}


@pytest.fixture(scope="module")
def batch(contract, values) -> pa.RecordBatch:
    """400 clients: some with unknown categories, numbers that cannot be, or without what is required."""
    columns: dict[str, pa.Array] = {contract.id: pa.array([*range(100, 499), None], pa.int64())}
    for name, column in zip(contract.fields, values.T, strict=True):
        if name in contract.categories:
            levels = [*contract.categories[name], "else", "\0"]
            codes = [None if np.isnan(code) else int(code) for code in column]
            codes[7], codes[8] = len(levels) - 2, len(levels) - 1
            columns[name] = pa.array([None if code is None else levels[code] for code in codes])
        else:
            numbers = column.copy()
            if name == "AMT_CREDIT":
                numbers[[11, 12, 13]] = np.inf, -5.0, 1e12
            if name == "BUREAU_ROWS_COUNT_ALL":
                numbers[[21, 22]] = 1.5, 99.0
            columns[name] = pa.array(numbers, from_pandas=True)
    return pa.RecordBatch.from_pydict(columns)


@pytest.fixture(scope="module")
def service(contract, scorecard, booster) -> DecisionService:
    """With rules, a person's look, and points."""
    fields = {**contract.model_dump(), "declared": ("EXT_SOURCE_1", "BUREAU_ROWS_COUNT_ALL")}
    rules = Rules(least_information=GROUPS, unusual_values={"otherwise": "refuse", "beyond": 1.0})
    costs = Costs(false_negative=10, false_positive=1, review=0.7)
    card = scorecard.model_copy(update={"rules": rules, "ranges": RANGES, "costs": costs, "score": SCALE})
    return DecisionService(decider_of(Contract(**fields), card, booster, "credit-scoring/1"), Origin("credit-scoring"))


def ids_of(batch: pa.RecordBatch, first: int = 0) -> DecisionIds:
    return DecisionIds(KEY, 1_700_000_000_000, first, len(batch))


def alone(service: DecisionService, row: dict, reasons: str) -> dict:
    """What a request with this row is answered: a decision, or its problems."""
    try:
        (decision,) = service.decide([row], {"reasons": reasons})
    except BadRequest as error:
        return {"problems": [{"field": each["field"], "problem": each["problem"]} for each in error.body["problems"]]}
    return {**decision, "problems": []}


def without_id(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "decision_id"}


@pytest.mark.parametrize("reasons", ["refused", "none", "all"])
def test_each_row_is_answered_as_a_request_with_it_alone(service, batch, reasons):
    answers = ColumnDecider(service).decide(batch, ids_of(batch), reasons).to_pylist()

    kinds = set()
    for row, answer in zip(batch.to_pylist(), answers, strict=True):
        expected = alone(service, row, reasons)
        kinds.add(expected.get("decision"))
        filled = dict.fromkeys(answer) | {"client_id": row["SK_ID_CURR"]} | without_id(expected)
        assert without_id(answer) == without_id(filled)
    assert kinds == {"granted", "refused", "referred", None}


def test_a_batch_may_be_cut_anywhere(service, batch):
    decider = ColumnDecider(service)

    whole = decider.decide(batch, ids_of(batch))
    parts = [decider.decide(batch.slice(first, 150), ids_of(batch.slice(first, 150), first)) for first in (0, 150, 300)]

    assert pa.Table.from_batches(parts).combine_chunks() == pa.Table.from_batches([whole])


def test_no_rows_have_no_answers(service, batch):
    decider = ColumnDecider(service)

    answers = decider.decide(batch.slice(0, 0), ids_of(batch.slice(0, 0)))

    assert (len(answers), answers.schema) == (0, decider.decide(batch, ids_of(batch)).schema)


def test_a_column_of_another_type_is_reported_row_by_row(service, batch):
    texts = pa.array(["7"] * 399 + [None])
    place = batch.schema.get_field_index("AMT_ANNUITY")

    answers = (
        ColumnDecider(service).decide(batch.set_column(place, "AMT_ANNUITY", texts), ids_of(batch), "none").to_pylist()
    )

    problem = {"field": "AMT_ANNUITY", "problem": "expected a number, got a string"}
    assert all(problem in answer["problems"] for answer in answers[:-1])
    assert problem not in answers[-1]["problems"]


def test_an_id_of_more_than_64_bits_is_a_problem_of_its_row(service, batch):
    ids = pa.array([2**64 - 1, *range(399)], pa.uint64())

    first, second, *_ = (
        ColumnDecider(service).decide(batch.set_column(0, "SK_ID_CURR", ids), ids_of(batch), "none").to_pylist()
    )

    assert (first["client_id"], [each["field"] for each in first["problems"]]) == (None, ["SK_ID_CURR"])
    assert second["client_id"] == 0


def test_a_declared_field_without_a_column_is_a_problem_of_every_row(service, batch):
    answers = ColumnDecider(service).decide(batch.drop_columns(["EXT_SOURCE_1"]), ids_of(batch)).to_pylist()

    assert all(any(each["field"] == "EXT_SOURCE_1" for each in answer["problems"]) for answer in answers)


@pytest.fixture
def log(tmp_path):
    with closing(DecisionLog(make_url(f"sqlite:///{tmp_path / 'log.db'}"), wait=30.0)) as log:
        yield log


def on_record(log: DecisionLog) -> list[dict]:
    with create_engine(log.url).connect() as connection:
        return [dict(row._mapping) for row in connection.execute(text("SELECT * FROM decisions ORDER BY client_id"))]


def test_records_are_those_of_single_requests(service, batch, log, tmp_path):
    other = DecisionLog(make_url(f"sqlite:///{tmp_path / 'other.db'}"), wait=30.0)

    answers = ColumnDecider(replace(service, log=log)).decide(batch, ids_of(batch))
    with closing(replace(service, log=other)) as single:
        for row in batch.to_pylist():
            alone(single, {name: value for name, value in row.items() if value is not None or name in NULLS}, "refused")
    made, expected = on_record(log), on_record(other)

    assert len(made) == decided_of(answers) > 300
    for record, single_record in zip(made, expected, strict=True):
        for name in single_record.keys() - {"decision_id", "decided_at", "latency_ms", "fields"}:
            assert record[name] == single_record[name], name
    assert answers["recorded"].to_pylist() == answers["decision"].is_valid().to_pylist()


NULLS = ("EXT_SOURCE_1", "BUREAU_ROWS_COUNT_ALL")  # declared


def decided_of(answers: pa.RecordBatch) -> int:
    return len(answers) - answers["decision"].null_count


def test_rows_that_another_process_has_recorded_meanwhile_are_on_record_once(service, batch, log):
    decider = ColumnDecider(replace(service, log=log))
    decider.decide(batch.slice(0, 120), ids_of(batch.slice(0, 120)))

    answers = decider.decide(batch, ids_of(batch))

    assert len(on_record(log)) == decided_of(answers)


def test_a_batch_that_is_repeated_is_on_record_once(service, batch, log):
    decider = ColumnDecider(replace(service, log=log))
    first = decider.decide(batch.slice(0, 120), ids_of(batch.slice(0, 120)))

    again = decider.decide(batch, ids_of(batch), is_repeated=True)

    recorded = [record["decision_id"] for record in on_record(log)]
    assert len(recorded) == len(set(recorded)) == decided_of(again)
    assert again.slice(0, 120)["decision_id"] == first["decision_id"]
