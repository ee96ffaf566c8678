"""An export counted by Spark: the same figures as on this machine, to the last one."""

import json
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.monitor import main
from steps.monitoring.counting import on_spark
from steps.monitoring.counting.observing import observe
from steps.monitoring.counting.on_spark import observe_on_spark
from steps.monitoring.counting.spark_batches import parts_of
from steps.monitoring.counting.windows import Recorded, Subject, counted_window
from steps.monitoring.observed import Observed
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables import executors
from steps.traffic.comparison import Decisions
from steps.traffic.recorded import ExportedTraffic, Span
from tests.unit.steps.monitoring.references import START, recorded, reference_of, requests_of, table_of

GENDER = "CODE_GENDER"
SAMPLE = 50
LOANS = Span("loans")
LOCAL = Settings(spark_master="local[2]")


@pytest.fixture
def spark(prepared, monkeypatch):
    """Spark's package and Java are here; its workers need no time to import theirs."""
    monkeypatch.setenv("PYSPARK_PYTHON", str(prepared / "python"))
    pytest.importorskip("pyspark", reason="Spark engine: PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark engine: no Java on this machine")


@pytest.fixture
def splits(monkeypatch) -> list[int]:
    """The numbers of parts in which Spark reads exports: many small ones, in batches of 25."""
    numbers, session, bound = list[int](), on_spark.session_with_code, on_spark._bound

    def of_small_parts(master, folder):
        opened = session(master, folder)
        for option, value in (("maxPartitionBytes", 20_000), ("openCostInBytes", 1_000)):
            opened.conf.set(f"spark.sql.files.{option}", value)
        return opened

    def noted(export, sample):
        numbers.append(export.rdd.getNumPartitions())
        return bound(export, sample)

    monkeypatch.setattr(on_spark, "session_with_code", of_small_parts)
    monkeypatch.setattr(on_spark, "_bound", noted)
    monkeypatch.setattr(on_spark, "AT_ONCE", 25)
    return numbers


@pytest.fixture(scope="module")
def reference(decider, contract, values):
    return reference_of(decider, table_of(contract, values))


@pytest.fixture(scope="module")
def export(contract, values) -> pa.Table:
    """Decisions of two models: repeats, erased requests, new levels, unknown fields, what cannot be read."""
    requests = requests_of(table_of(contract, values))
    odd = [{GENDER: "Ä", "größe": 1}, "[]", None, {GENDER: "X", "b": 1, "a": 2}, '{"AMT_CREDIT": "much"}', None]
    asked = [*requests, *odd, *requests[:40]]
    size = len(asked)
    traffic = recorded(
        asked,
        decision=[("granted", "refused", "referred")[each % 3] for each in range(size)],
        probability_of_default=[each % 97 / 97 for each in range(size)],
        threshold_source=["request" if each % 11 == 0 else "policy" for each in range(size)],
        history=[("none", "store", "request")[each % 3] for each in range(size)],
        history_fields=[json.dumps({"BUREAU_ROWS_COUNT_ALL": 4.0}) if each % 3 == 1 else None for each in range(size)],
        reasons=[json.dumps([{"code": "A"}, {"code": f"B{each % 4}"}]) if each % 3 else "[]" for each in range(size)],
        client_id=[None if each % 7 == 0 else str(each) for each in range(size)],
        model_version=[("1", "2", None)[each % 3] for each in range(size)],
        decided_at=[START + timedelta(seconds=each // 2) for each in range(size)],
    )
    (batch,) = traffic.batches(size)
    models = ["other" if each % 5 == 4 else "loans" for each in range(size)]
    return pa.Table.from_batches([batch]).append_column("model_name", pa.array(models))


def written(folder: Path, *parts: pa.Table) -> Path:
    """A folder of exports, each of many row groups, named against the order in which they are given."""
    folder.mkdir()
    for place, part in enumerate(parts):
        pq.write_table(part, folder / f"{len(parts) - place}.parquet", row_group_size=37)
    return folder


def as_plain(value: object) -> object:
    """A value in lists and dictionaries, in their order, that compare whole."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, [repr(each) for each in value.tolist()]
    if isinstance(value, pa.RecordBatch):
        return value.schema, value.to_pylist()
    if isinstance(value, Decisions):
        return [as_plain(each) for each in (value.outcome, value.probability, value.threshold)]
    if isinstance(value, dict):
        return [(name, as_plain(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [as_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return [as_plain(getattr(value, each.name)) for each in fields(value)]
    return value


def assert_equal(found: Observed, expected: Observed) -> None:
    for each in fields(Observed):
        assert as_plain(getattr(found, each.name)) == as_plain(getattr(expected, each.name)), each.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "span",
    [LOANS, replace(LOANS, since=START + timedelta(seconds=50), until=START + timedelta(seconds=120, milliseconds=1))],
)
def test_an_export_is_counted_by_spark_as_on_this_machine(spark, splits, export, reference, contract, span, tmp_path):
    file = tmp_path / "an export [1].parquet"
    pq.write_table(export, file, row_group_size=37)
    traffic = ExportedTraffic(file, span)
    here = observe(traffic, reference, contract.model_dump(), 1, SAMPLE)

    found = observe_on_spark(traffic, reference, contract.model_dump(), LOCAL, SAMPLE)

    assert len(here) > 100
    assert here.erased.any() or span is not LOANS
    assert len(here.sample) == SAMPLE
    assert splits[0] > 3
    assert_equal(found, here)


@pytest.mark.slow
def test_a_folder_of_exports_is_counted_in_the_order_of_time(spark, splits, export, reference, contract, tmp_path):
    file, size = tmp_path / "whole.parquet", len(export)
    pq.write_table(export, file)
    odd = np.arange(size) % 2 == 1  # two files that overlap in time, after one that is before both
    early = np.arange(size) < 100
    parts = [export.filter(pa.array(rows)) for rows in (~early & odd, ~early & ~odd, early)]
    folder = written(tmp_path / "exports", *parts)
    here = observe(ExportedTraffic(file, LOANS), reference, contract.model_dump(), 1, SAMPLE)

    found = observe_on_spark(ExportedTraffic(folder, LOANS), reference, contract.model_dump(), LOCAL, SAMPLE)

    assert splits[0] > 3
    assert_equal(found, here)


@pytest.mark.slow
def test_executors_need_nothing_of_the_project_but_the_archive_that_is_sent_to_them(tmp_path):
    archive = executors._shipped(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from steps.monitoring.counting import spark_batches\n"
        "import custom_model; print(spark_batches.__file__, custom_model.__path__)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count(str(archive)) == 2


@pytest.mark.slow
def test_a_window_without_decisions_of_the_model_is_an_error_that_says_so(spark, export, reference, contract, tmp_path):
    file = tmp_path / "export.parquet"
    pq.write_table(export, file)
    subject = Subject("1", reference, contract.model_dump(), {})

    with pytest.raises(UserError, match=r"^model: export.parquet has no decision of nobody: "):
        counted_window(Recorded(ExportedTraffic(file, Span("nobody"))), subject, None, LOCAL, Engine.spark)


@pytest.mark.slow
def test_rows_that_no_log_has_are_an_error_from_an_executor_in_one_sentence(
    spark, export, reference, contract, tmp_path
):
    wrong = ["approved", *export["decision"].to_pylist()[1:]]
    place = export.schema.get_field_index("decision")
    file = tmp_path / "export.parquet"
    pq.write_table(export.set_column(place, "decision", pa.array(wrong)), file)

    with pytest.raises(UserError, match=r"export.parquet is no export of decisions: it has rows without a valid deci"):
        observe_on_spark(ExportedTraffic(file, LOANS), reference, contract.model_dump(), LOCAL, SAMPLE)


@pytest.mark.slow
def test_spark_that_fails_is_one_sentence(spark, export, reference, contract, tmp_path, monkeypatch):
    file = tmp_path / "export.parquet"
    pq.write_table(export, file)
    failing = "raise_error('a part of the cluster is gone')"
    monkeypatch.setattr(on_spark, "_bound", lambda export, sample: export.selectExpr(failing).collect())

    with pytest.raises(UserError, match=r"^engine: Spark at local\[2\] failed while it counted export.parquet \("):
        observe_on_spark(ExportedTraffic(file, LOANS), reference, contract.model_dump(), LOCAL, SAMPLE)


@pytest.mark.slow
def test_spark_that_does_not_start_is_one_sentence_that_names_its_master(spark, export, reference, contract, tmp_path):
    file = tmp_path / "export.parquet"
    pq.write_table(export, file)

    with pytest.raises(UserError, match=r"^SPARK_MASTER: Spark at 'nowhere' did not start \("):
        observe_on_spark(
            ExportedTraffic(file, LOANS), reference, contract.model_dump(), Settings(spark_master="nowhere"), SAMPLE
        )


def test_without_pyspark_the_package_to_install_is_named(export, reference, contract, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    pq.write_table(export, tmp_path / "export.parquet")
    traffic = ExportedTraffic(tmp_path / "export.parquet", LOANS)

    with pytest.raises(UserError, match="engine=spark needs PySpark: pip install"):
        observe_on_spark(traffic, reference, contract.model_dump(), LOCAL, SAMPLE)


def test_a_log_in_place_of_an_export_is_an_error_that_says_how_to_get_one():
    with pytest.raises(UserError, match=r"^engine: spark reads an export, not a decision log: .*decisions export"):
        main(engine=Engine.spark, log="sqlite:///decisions.db")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: None, "expected Parquet files in .*exports, found none"),
        (lambda table: table.drop_columns(["fields"]), "1.parquet is no export of decisions: it lacks fields"),
        (
            lambda table: table.set_column(0, "decision_id", pa.array(range(len(table)))),
            "expected decision_id as string, found int64",
        ),
    ],
)
def test_a_folder_with_a_file_that_is_no_export_is_an_error_before_spark_starts(
    export, reference, contract, tmp_path, change, sentence
):
    changed = change(export)
    folder = written(tmp_path / "exports", *([] if changed is None else [changed]))

    with pytest.raises(UserError, match=f"^export: .*{sentence}"):
        observe_on_spark(ExportedTraffic(folder, LOANS), reference, contract.model_dump(), LOCAL, SAMPLE)


def test_a_file_that_spark_would_omit_without_a_word_is_an_error(export, reference, contract, tmp_path):
    pq.write_table(export, tmp_path / "_part.parquet")

    with pytest.raises(UserError, match=r"starts with _ or \., which Spark omits"):
        observe_on_spark(ExportedTraffic(tmp_path, LOANS), reference, contract.model_dump(), LOCAL, SAMPLE)


def test_a_batch_of_several_splits_is_counted_in_parts():
    places = {"file": list("aaabbb"), "block": [0, 0, 4, 0, 0, 0], "row": [0, 7, 9, 3, 5, 1]}

    parts = parts_of(pa.RecordBatch.from_pydict(places))

    assert [each["row"].to_pylist() for each in parts] == [[0, 7], [9], [3, 5], [1]]
    assert parts_of(pa.RecordBatch.from_pydict(places).slice(0, 0)) == []
