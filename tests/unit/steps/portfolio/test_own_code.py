"""Tasks decided by a version's own code."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custom_model.columns import ColumnDecider, DecisionIds
from custom_model.columns.answers import answer_schema
from custom_model.errors import Unavailable
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.portfolio.own_code import Orders, TaskDecider, decided
from steps.portfolio.parts import part_of
from steps.portfolio.tasks import Task
from steps.traffic.own_code import Mistake

TASK = Task(number=3, row_group=0, skip=50, rows=100, first=50)


class Version:
    """A version that decides in columns."""

    def __init__(self, service: DecisionService):
        self._columns = ColumnDecider(service)

    def decide_batch(self, batch, key, milliseconds, first, reasons, is_repeated):
        return self._columns.decide(batch, DecisionIds(key, milliseconds, first, len(batch)), reasons, is_repeated)


class Older:
    """A version of before."""

    def __init__(self, service: DecisionService):
        self._service = service

    def predict(self, context, rows, params):
        return self._service.decide(rows, params)


@pytest.fixture
def service(decider) -> DecisionService:
    return DecisionService(decider, Origin("credit-scoring", "1"))


@pytest.fixture
def orders(contract, values, tmp_path) -> Orders:
    """Two hundred clients in a file, some of whom lack what is required; ids are numbers, and one is none."""
    columns = {"SK_ID_CURR": pa.array([*range(199), None], pa.int64()), "TARGET": pa.array([0] * 200)}
    for name, column in zip(contract.fields, values[:200].T, strict=True):
        levels = contract.categories.get(name)
        cells = [None if math.isnan(cell) else levels[int(cell)] if levels else cell for cell in column.tolist()]
        columns[name] = pa.array(cells)
    pq.write_table(pa.table(columns), tmp_path / "portfolio.parquet")
    return Orders(
        path=tmp_path / "portfolio.parquet",
        folder=tmp_path,
        identity="SK_ID_CURR",
        id_is_text=False,
        columns=("SK_ID_CURR", *contract.fields),
        reasons="refused",
        record=False,
        schema_hex=answer_schema(contract).serialize().to_pybytes().hex(),
        key="00" * 16,
        milliseconds=1,
    )


def part(orders: Orders, own: object, task: Task = TASK) -> pa.Table:
    decided(TaskDecider(own, orders), task.model_dump_json(), False)
    return pq.read_table(part_of(orders.folder, task.number))


def test_a_task_has_its_own_rows_alone(orders, service):
    assert part(orders, Version(service))["client_id"].to_pylist() == [*range(50, 150)]


def test_a_version_of_before_gives_the_same_decisions(orders, service):
    new, old = part(orders, Version(service)), part(orders, Older(service))

    unique = ["decision_id"]
    assert old.schema == new.schema
    rows = [
        (a, b) for a, b in zip(new.drop_columns(unique).to_pylist(), old.drop_columns(unique).to_pylist(), strict=True)
    ]
    assert {row["decision"] for row, _ in rows} >= {"granted", "refused", None}
    for made, single in rows:
        if made["decision"] is None:
            assert (made["client_id"], made["problems"]) == (single["client_id"], single["problems"])
        else:
            assert made == single


def test_ids_are_texts_where_the_contract_has_such(orders, service):
    as_texts = orders.model_copy(update={"id_is_text": True})

    (batch, *_) = TaskDecider(Version(service), as_texts)._batches(TASK)

    assert batch["SK_ID_CURR"].to_pylist() == [str(number) for number in range(50, 150)]


def test_a_file_with_fewer_rows_than_before_is_an_error(orders, service):
    with pytest.raises(Mistake) as raised:
        part(orders, Version(service), Task(number=3, row_group=0, skip=150, rows=100, first=150))

    assert "was changed or replaced while it was decided about" in raised.value.sentence
    assert not part_of(orders.folder, 3).exists()


def test_a_store_that_is_down_is_told_without_a_servers_answer(orders):
    class Down:
        def decide_batch(self, *given):
            raise Unavailable("the decision log cannot be written")

    with pytest.raises(Mistake) as raised:
        part(orders, Down())

    assert raised.value.sentence == (
        "the decision log cannot be written: what is decided is kept; once it can, the same command goes on from there"
    )


def test_a_column_of_numbers_with_nan_is_missing_there(orders, service, tmp_path):
    table = pq.read_table(orders.path)
    place = table.schema.names.index("AMT_ANNUITY")
    nans = table.set_column(place, "AMT_ANNUITY", pa.array(np.full(200, np.nan)))
    pq.write_table(nans, orders.path)
    with_nan = part(orders, Version(service))
    pq.write_table(table.set_column(place, "AMT_ANNUITY", pa.nulls(200, pa.float64())), orders.path)

    assert with_nan.equals(part(orders, Version(service)))
