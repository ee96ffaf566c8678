"""How far a scoring has come."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.portfolio.journal import FILE, Journal, Scoring, made_by, removed_unless_begun
from steps.portfolio.parts import part_of, write_part
from steps.portfolio.tasks import Task, tasks_of
from steps.portfolio.totals import OTHERS, Totals
from steps.run.console import UserError

SCORING = Scoring(model="models:/m/1", logged="a", stores="b", data="c", reasons="refused", record=False)
TASKS = (Task(number=0, row_group=0, skip=0, rows=2, first=0), Task(number=1, row_group=0, skip=2, rows=1, first=2))
NOTHING = pa.list_(pa.struct([("field", pa.string()), ("problem", pa.string())]))


def answers(*decisions: str | None) -> pa.RecordBatch:
    """Decisions, those without one with a problem."""
    problems = [[] if each else [{"field": "AGE", "problem": "is missing"}] for each in decisions]
    return pa.record_batch(
        {
            "decision": pa.array(decisions, pa.string()),
            "probability_of_default": pa.array([0.25 if each else None for each in decisions], pa.float64()),
            "history": pa.array(["store" if each else None for each in decisions], pa.string()),
            "problems": pa.array(problems, NOTHING),
        }
    )


def test_a_scoring_that_began_goes_on_with_its_key_and_tasks(tmp_path):
    begun = Journal.begun(tmp_path, SCORING, TASKS)

    assert Journal.begun(tmp_path, SCORING, ()) == begun
    assert len(bytes.fromhex(begun.key)) == 16


@pytest.mark.parametrize(
    ("name", "began"),
    [("model", r" \(-P model_uri=models:/m/1\)"), ("logged", ""), ("stores", ""), ("data", "")],
)
def test_another_scoring_does_not_go_on_in_its_folder(tmp_path, name, began):
    Journal.begun(tmp_path, SCORING, TASKS)

    with pytest.raises(UserError, match=f"of other {name}: go on with it as it began{began}, or remove the folder"):
        Journal.begun(tmp_path, SCORING.model_copy(update={name: "other"}), TASKS)


def test_a_damaged_journal_is_an_error_with_what_to_do(tmp_path):
    (tmp_path / FILE).write_text("{")

    with pytest.raises(UserError, match=r"is damaged: remove .* to begin anew"):
        Journal.begun(tmp_path, SCORING, TASKS)


@pytest.mark.parametrize("end", [UserError("refused"), KeyboardInterrupt("refused"), OSError("refused")])
@pytest.mark.parametrize("is_begun", [True, False])
def test_the_folder_of_a_scoring_that_ends_is_kept_only_where_it_has_begun(tmp_path, is_begun, end):
    folder = tmp_path / "scoring"
    folder.mkdir()
    (folder / "applications.parquet").touch()
    if is_begun:
        Journal.begun(folder, SCORING, TASKS)

    with pytest.raises(type(end), match="refused"), removed_unless_begun(folder):
        raise end

    assert folder.exists() == is_begun


def test_a_part_that_is_not_whole_is_decided_again(tmp_path):
    journal = Journal.begun(tmp_path, SCORING, TASKS)
    write_part(part_of(tmp_path, 0), [answers("granted", "refused")])
    part_of(tmp_path, 1).touch()  # as after a power cut

    assert [task.number for task in journal.left(tmp_path)] == [1]


def test_totals_are_those_of_the_rows(tmp_path):
    totals = write_part(
        tmp_path / "part.parquet", [answers("granted", None), answers("referred", "refused", "granted")]
    )

    assert totals == Totals(
        granted=2,
        refused=1,
        referred=1,
        undecided=1,
        probability=1.0,
        history={"store": 4},
        problems={"AGE: is missing": 1},
    )


def test_rare_kinds_of_problems_are_counted_together():
    many = Totals(problems={f"F{number}: is missing": 200 - number for number in range(150)})

    added = Totals.added([many, many])

    assert len(added.problems) == 101
    assert sum(added.problems.values()) == 2 * sum(many.problems.values())
    assert added.problems[OTHERS] == 2 * sum(200 - number for number in range(100, 150))


@pytest.mark.parametrize("content", [None, b"", b"PAR1"])
def test_a_file_of_another_kind_is_no_output(tmp_path, content):
    out = tmp_path / "out.parquet"
    if content is not None:
        out.write_bytes(content)

    assert made_by(out) is None


def test_tasks_have_each_row_once_and_enough_for_all_processes(tmp_path):
    file = tmp_path / "rows.parquet"
    with pq.ParquetWriter(file, pa.schema([("id", pa.int64())])) as writer:
        for rows in (30_000, 0, 7_000, 5):
            writer.write_batch(pa.record_batch([pa.array(range(rows), pa.int64())], names=["id"]))

    tasks = tasks_of(file, processes=2)

    assert [task.first for task in tasks] == [sum(each.rows for each in tasks[:number]) for number in range(len(tasks))]
    assert sum(task.rows for task in tasks) == 37_005
    assert max(task.rows for task in tasks) <= 5_000
    assert len(tasks) >= 8
