"""The decisions on a portfolio, whatever happens to its files meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custom_model.columns.answers import answer_schema
from steps.portfolio.applications_file import Portfolio
from steps.portfolio.journal import Scoring, folder_of
from steps.portfolio.own_code import Orders
from steps.portfolio.parts import part_of, write_part
from steps.portfolio.scoring import Decide, decide_portfolio
from steps.portfolio.tasks import Task
from steps.portfolio.totals import Totals
from steps.run.console import UserError

SCORING = Scoring(model="models:/m/1", logged="a", stores="b", data="c", reasons="none", record=False)


@pytest.fixture
def portfolio(contract, tmp_path) -> Portfolio:
    """Two clients."""
    columns = {name: pa.array(["a", "b"] if name in contract.categories else [1.0, 2.0]) for name in contract.fields}
    pq.write_table(pa.table({"SK_ID_CURR": [1, 2], **columns}), tmp_path / "clients.parquet")
    return Portfolio(tmp_path / "clients.parquet", "SK_ID_CURR", 2, "c", tmp_path / "clients.parquet")


@pytest.fixture
def decided(contract, portfolio, tmp_path) -> Callable[[Decide], Totals]:
    """The totals of the portfolio, whose output is out.parquet."""
    return lambda decide: decide_portfolio(
        portfolio, SCORING, contract.model_dump(), tmp_path / "out.parquet", 1, decide
    )


def refused(contract) -> Decide:
    """Refuses everybody."""

    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        for task, _ in tasks:
            rows = [{"client_id": row, "decision": "refused", "history": "none"} for row in range(task.rows)]
            write_part(part_of(orders.folder, task.number), [pa.RecordBatch.from_pylist(rows, answer_schema(contract))])
            yield task

    return decide


def test_an_output_that_comes_meanwhile_is_kept_and_so_are_the_decisions(contract, decided, tmp_path):
    out = tmp_path / "out.parquet"

    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        yield from refused(contract)(orders, tasks)
        out.write_text("of others")

    with pytest.raises(UserError, match=r"out: .*out\.parquet is there already, of another scoring"):
        decided(decide)
    assert out.read_text() == "of others"

    out.unlink()
    assert decided(refused(contract)).refused == len(pq.read_table(out)) == 2
    assert not folder_of(out).exists()


@pytest.mark.parametrize(
    ("happens", "error"),
    [(lambda file: file.write_bytes(b"cut"), UserError), (Path.unlink, FileNotFoundError)],
    ids=["replaced", "removed"],
)
def test_an_error_names_the_file_that_was_replaced_or_removed_meanwhile(decided, portfolio, happens, error):
    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        happens(portfolio.path)
        raise UserError("a file looks damaged")
        yield

    with pytest.raises(error, match=r"clients\.parquet") as raised:
        decided(decide)
    assert "looks damaged" not in str(raised.value)


def test_parts_of_a_journal_that_is_gone_are_decided_again(contract, decided, tmp_path):
    out = tmp_path / "out.parquet"
    folder_of(out).mkdir()
    granted = [{"client_id": 9, "decision": "granted", "history": "none"}] * 2
    write_part(part_of(folder_of(out), 0), [pa.RecordBatch.from_pylist(granted, answer_schema(contract))])

    assert decided(refused(contract)).refused == 2
    assert pq.read_table(out)["decision"].to_pylist() == ["refused"] * 2
