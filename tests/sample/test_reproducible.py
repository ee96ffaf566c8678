"""The same clients and seed give the same sample, in memory and in files of any size."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from steps.run.console import UserError
from steps.sample import TABLES, generate, write_sample
from steps.sample.draws import schema

SEVEN = [name for name in TABLES if name != "truth"]


def test_same_clients_and_seed_give_the_same_values():
    first, second = generate(500, seed=3), generate(500, seed=3)
    assert all(first[name].equals(second[name]) for name in TABLES)


def test_another_seed_gives_other_values_in_every_table():
    first, second = generate(500, seed=3), generate(500, seed=4)
    assert not any(first[name].equals(second[name]) for name in TABLES)


def test_files_have_the_generated_values(tmp_path):
    write_sample(tmp_path / "new" / "folder", clients=300, seed=1)
    files = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert files == sorted(f"{name}.parquet" for name in TABLES)
    for name, drawn in generate(300, seed=1).items():
        read = pd.read_parquet(tmp_path / "new" / "folder" / f"{name}.parquet")
        expected = drawn.to_pandas()
        text = expected.select_dtypes("category").columns
        pd.testing.assert_frame_equal(read, expected.astype(dict.fromkeys(text, object)))


@pytest.mark.parametrize("name", SEVEN)
def test_files_have_kaggles_columns_as_plain_types(name, tmp_path):
    write_sample(tmp_path, clients=50, seed=0)
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path / name}.parquet'").fetchall()
    kinds = {"int64": "BIGINT", "double": "DOUBLE", "string": "VARCHAR"}
    assert [(row[0], row[1]) for row in described] == [(field.name, kinds[str(field.type)]) for field in schema(name)]


def test_the_application_has_122_columns():
    assert len(schema("application_train")) == 122


def test_missing_numbers_are_null_for_every_reader(tmp_path):
    write_sample(tmp_path, clients=200, seed=0)
    counted = "count(*) FILTER (isnan(EXT_SOURCE_1)), count(*) FILTER (EXT_SOURCE_1 IS NULL)"
    [(nan, null)] = duckdb.sql(f"SELECT {counted} FROM '{tmp_path}/application_train.parquet'").fetchall()
    assert nan == 0
    assert null > 50


@pytest.mark.parametrize("seed", range(5))
def test_a_single_client_is_a_sample(seed):
    drawn = generate(1, seed=seed)
    assert drawn["application_train"].num_rows == 1
    assert drawn["truth"]["PROBABILITY"][0].as_py() == pytest.approx(0.0807)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"clients": 0}, "clients: expected at least 1, got 0"), ({"seed": -1}, "seed: expected a whole number")],
)
def test_invalid_arguments_are_named_before_anything_is_created(arguments, message, tmp_path):
    with pytest.raises(UserError, match=message):
        write_sample(tmp_path / "new", **arguments)
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match="out: expected a folder"):
        write_sample(tmp_path / "taken", clients=1)


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    write_sample(tmp_path, clients=20, seed=0)
    before = (tmp_path / "bureau.parquet").read_bytes()

    def stop(table, path, **_):
        Path(path).write_bytes(b"half a fi")
        raise KeyboardInterrupt

    monkeypatch.setattr("pyarrow.parquet.write_table", stop)
    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, clients=20, seed=1)
    assert (tmp_path / "bureau.parquet").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == len(TABLES)


@pytest.mark.slow
def test_the_command_line_writes_the_sample_and_reports_an_error_without_a_traceback(tmp_path):
    command = [sys.executable, "-m", "steps.sample", "--out", str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, "--clients", "30", "--seed", "2"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "application_train.parquet")) == 30
    wrong = subprocess.run([*command, "--clients", "0"], cwd=root, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: clients: expected at least 1, got 0")
