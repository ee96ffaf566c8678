"""Every command against a disk, a folder or a store that fails: one sentence, exit status 2, nothing half-written."""

import subprocess
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import make_url

from custom_model.databases import dialect_of
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import migrate
from steps.features import build
from steps.run.settings import Engine, Settings
from testing.forked import run_forked

pytestmark = pytest.mark.slow

COMMANDS = {
    "train": ("train",),
    "tune": ("tune", "--trials", "1"),
    "evaluate": ("evaluate",),
    "compare": ("compare", "--families", "dummy"),
    "promote": ("promote",),
    "main": ("main",),
}
SMALLEST = 8 * 1024  # bytes of a file


@pytest.fixture(scope="module")
def lender(tmp_path_factory) -> Path:
    """The feature table of a lender that a model can be trained on."""
    folder = tmp_path_factory.mktemp("lender")
    generator = np.random.default_rng(5)
    income = generator.lognormal(10, 0.5, 1_000)
    bad = generator.random(1_000) < 1 / (1 + np.exp(np.log(income) - 9.5))
    pd.DataFrame({"client": range(1_000), "bad": bad.astype(int), "income": income}).to_csv(folder / "a.csv")
    return build(str(folder / "a.csv"), folder / "a.parquet", Engine.duckdb, "bad", "client", Settings())


@pytest.fixture
def blocked(tmp_path) -> Path:
    """A place below a file, where no folder can be: root has all rights, but not this one."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "below"


def ended(*arguments: object, limit: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step, which may write no file of more than `limit` bytes, as on a disk that is full."""
    return run_forked("-m", *arguments, largest_file=limit, **environment)


def assert_one_sentence(process: subprocess.CompletedProcess[str], *words: str) -> None:
    assert process.returncode == 2, process.stderr[-2_000:]
    assert "Traceback" not in process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    for word in words:
        assert word in last


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_tracking_store_of_files(command, lender, tmp_path):
    process = ended(f"steps.{COMMANDS[command][0]}", *COMMANDS[command][1:], "--data", lender,
                    MLFLOW_TRACKING_URI=str(tmp_path / "runs"))  # fmt: skip

    assert_one_sentence(process, "MLFLOW_TRACKING_URI: expected sqlite:///", "got a folder of files")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("foo://x", "got foo://"),
        ("http://ann:s3cret@127.0.0.1:9", "server http://***@127.0.0.1:9 cannot be reached"),
        ("postgresql://ann:s3cret@127.0.0.1:9/db", "(postgresql://ann:***@127.0.0.1:9/db)"),
        ("sqlite:///{0}/file/mlflow.db", "/file: File exists; a file has the name of this folder"),
        ("sqlite:///{0}/garbage.db", "file is not a database"),
        ("sqlite:///{0}", "unable to open database file"),
    ],
)
def test_a_tracking_store_that_cannot_be_used_is_named_without_its_password(uri, words, lender, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "garbage.db").write_text("no database " * 20)

    process = ended("steps.train", "--data", lender, MLFLOW_TRACKING_URI=uri.format(tmp_path))

    assert_one_sentence(process, words, "MLFLOW_TRACKING_URI")
    assert "s3cret" not in process.stderr


def test_artifacts_that_cannot_be_written_end_the_training_with_the_place(lender, tmp_path, blocked):
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    mlflow.MlflowClient(store).create_experiment("credit-scoring", artifact_location=blocked.as_uri())

    process = ended("steps.train", "--data", lender, MLFLOW_TRACKING_URI=store)

    assert_one_sentence(process, str(blocked), "choose another place")
    assert not mlflow.MlflowClient(store).search_registered_models()


WRITERS = {
    "sample": (("steps.sample", "--clients", "300", "--out"), "x"),
    "features": (("steps.features", "--target", "bad", "--id", "client", "--data", "{lender}", "--out"), "x.parquet"),
    "decisions": (("steps.decisions", "export", "--log", "{log}", "--out"), "x.parquet"),
    "tune": (("steps.tune", "--data", "{table}", "--trials", "1", "--storage"), "x.journal"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_place_that_cannot_be_written_is_named(writer, lender, tmp_path, blocked):
    process = ended(*filled(writer, lender, tmp_path), blocked / WRITERS[writer][1])

    assert_one_sentence(process, str(blocked))


@pytest.mark.parametrize("writer", ["sample", "features"])
def test_a_file_that_finds_no_room_is_named_and_not_left_half_written(writer, lender, tmp_path):
    out = tmp_path / "out" / WRITERS[writer][1]

    process = ended(*filled(writer, lender, tmp_path), out, limit=SMALLEST)

    assert_one_sentence(process, str(tmp_path / "out"), "File too large")
    assert not out.is_file()
    assert not list((tmp_path / "out").rglob(".*"))
    for file in out.rglob("*.parquet"):
        assert len(pd.read_parquet(file))


def filled(writer: str, lender: Path, folder: Path) -> list[str]:
    """The writer's command for this lender, whose decision log is empty."""
    log = make_url(f"sqlite:///{folder / 'log.db'}")
    assert dialect_of(log).file(log) == folder / "log.db"
    engine = writing_engine(log, 5.0)
    migrate(engine)
    engine.dispose()
    places = {"lender": lender.with_suffix(".csv"), "table": lender, "log": log}
    return [argument.format(**places) for argument in WRITERS[writer][0]]


def test_spark_that_cannot_start_is_one_sentence(tmp_path):
    (tmp_path / "application_train.csv").write_text("SK_ID_CURR\n1\n")

    process = ended("steps.features", "--data", tmp_path, "--out", tmp_path / "x.parquet", "--engine", "spark",
                    JAVA_HOME=str(tmp_path), SPARK_MASTER="local[2]")  # fmt: skip

    assert_one_sentence(process, "SPARK_MASTER: Spark at 'local[2]' did not start", "expected Java 17 here")
