"""LightGBM's parameters: adjustable values, and messages about wrong ones."""

import json
import os
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import FileInfo

from steps import train, tune
from steps.run.console import UserError
from steps.run.documents import MOST_BYTES
from steps.training.parameters import FIXED, MIN_COLUMNS, Parameters, read_params


def test_without_a_word_the_defaults_are_taken():
    assert read_params("") == Parameters()


@pytest.mark.parametrize("spec", ['{"num_leaves": 31}', '  {"num_leaves": 31}'])
def test_a_json_object_changes_what_it_names(spec):
    assert read_params(spec) == Parameters(num_leaves=31)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("params.json", '{"num_leaves": 31, "path_smooth": 1.5}'),
        ("params.yaml", "num_leaves: 31\npath_smooth: 1.5\n"),
        ("params", '{"num_leaves": 31, "path_smooth": 1.5}'),
    ],
)
def test_a_file_changes_what_it_names(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    assert read_params(str(tmp_path / name)) == Parameters(num_leaves=31, path_smooth=1.5)


@pytest.mark.parametrize(
    "spec", ["{num_leaves: 31}", '{"num_leaves": }', "[1]", "nowhere.json", "runs:/0000/params.json"]
)
def test_what_cannot_be_read_is_named(spec):
    with pytest.raises(UserError) as error:
        read_params(spec)

    assert str(error.value).startswith(f"params: {spec} cannot be read: ")


def test_a_bug_is_no_unreadable_file(monkeypatch):
    def fail(_: str) -> str:
        raise KeyError("a bug")

    monkeypatch.setattr("mlflow.artifacts.list_artifacts", lambda **_: [FileInfo("params.yaml", False, 20)])
    monkeypatch.setattr("mlflow.artifacts.load_text", fail)

    with pytest.raises(KeyError):
        read_params("runs:/0a1b/params.yaml")


@pytest.fixture
def uncopied(monkeypatch):
    """MLflow copies whatever it loads: nothing may come so far."""

    def fail(*_, **__):
        raise AssertionError("copied")

    monkeypatch.setattr("mlflow.artifacts.load_text", fail)
    monkeypatch.setattr("mlflow.artifacts.download_artifacts", fail)


@pytest.fixture
def run_id(tmp_path) -> str:
    """A run with artifacts that are no parameters: a folder, a file that is too large, and one of YAML."""
    with mlflow.start_run() as run:
        mlflow.log_text("num_leaves: 31", "folder/small.yaml")
        mlflow.log_text("num_leaves: 31", "small.yaml")
        mlflow.log_text("#" * (MOST_BYTES + 1), "large.yaml")
    return run.info.run_id


def sparse(path: Path) -> Path:
    """A file of 5 GB that takes no room."""
    with path.open("wb") as file:
        file.truncate(5 * 10**9)
    return path


def test_what_is_no_file_of_parameters_is_refused_before_anything_is_copied(tmp_path, uncopied):
    os.mkfifo(tmp_path / "pipe")
    sparse(tmp_path / "large.json")
    kinds = {
        tmp_path: "got a folder",
        tmp_path / "pipe": "got a pipe",
        tmp_path / "large.json": "expected at most 256 KiB, got more",
        "/dev/zero": "got a device",
        f"file://{tmp_path}": "got a folder",
    }

    for path, problem in kinds.items():
        with pytest.raises(UserError, match=f"params: {path} cannot be read: .*{problem}"):
            read_params(str(path))


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("folder", "got a folder"),
        ("large.yaml", "expected at most 256 KiB, got more"),
        ("nowhere.yaml", r"found no nowhere\.yaml in runs:/"),
        ("", "found no file in runs:/"),
        ("folder/", "found no file in runs:/"),
    ],
)
def test_an_artifact_that_is_no_file_of_parameters_is_refused_before_it_is_copied(run_id, uncopied, path, problem):
    with pytest.raises(UserError, match=f"params: runs:/.* cannot be read: .*{problem}"):
        read_params(f"runs:/{run_id}/{path}")


@pytest.mark.parametrize("size", [None, 1])
def test_a_large_artifact_is_refused_whatever_its_store_says_of_its_size(run_id, monkeypatch, size):
    listed = [FileInfo("large.yaml", is_dir=False, file_size=size)]
    monkeypatch.setattr(mlflow.artifacts, "list_artifacts", lambda **_: listed)

    with pytest.raises(UserError, match="expected at most 256 KiB, got more"):
        read_params(f"runs:/{run_id}/large.yaml")


@pytest.mark.parametrize("path", ["small.yaml", "folder/small.yaml"])
def test_an_artifact_of_a_run_is_read(run_id, path):
    assert read_params(f"runs:/{run_id}/{path}") == Parameters(num_leaves=31)


def test_a_file_may_be_named_by_a_uri(tmp_path):
    (tmp_path / "my params.json").write_text('{"num_leaves": 31}')

    assert read_params((tmp_path / "my params.json").as_uri()) == Parameters(num_leaves=31)


@pytest.mark.parametrize("name", ["params.json", "params.yaml"])
def test_a_small_number_is_read_as_json_writes_it(tmp_path, name):
    (tmp_path / name).write_text('{"path_smooth": 1e-05}')

    assert read_params(str(tmp_path / name)) == Parameters(path_smooth=1e-05)


@pytest.mark.parametrize(
    "spec",
    [
        '{"num_leaves": 31, "num_leaves": 63}',
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"rounds": ' + "9" * 10_000 + "}",
        '{"' + "a" * 100_000 + '": 1}',
        '{"rounds": 1e999}',
        '{"rounds": NaN}',
        '{"rounds": "' + "a" * 100_000 + '"}',
    ],
    ids=["doubled", "deep", "a long number", "a long name", "infinite", "NaN", "a long text"],
)
def test_a_hostile_object_is_refused_in_one_short_line(spec):
    with pytest.raises(UserError, match=r"^params: ") as error:
        read_params(spec)

    assert len(str(error.value)) < 1_000
    assert str(error.value).isprintable()


@pytest.mark.parametrize(("text", "kind"), [("- 1\n", "list"), ("", "NoneType"), ("31", "int"), ('"a"', "str")])
def test_a_file_that_holds_no_object_is_told_what_it_holds(tmp_path, text, kind):
    (tmp_path / "params.yaml").write_text(text)

    with pytest.raises(UserError, match=f"expected an object of LightGBM parameters, got {kind}"):
        read_params(str(tmp_path / "params.yaml"))


@pytest.mark.parametrize(
    "name",
    ["objective", "metric", "deterministic", "force_col_wise", "verbosity", "scale_pos_weight", "is_unbalance"],
)
def test_what_calibration_or_determinism_rests_on_cannot_be_changed(name):
    with pytest.raises(UserError, match=f"params: {name} cannot be changed"):
        read_params(json.dumps({name: 1}))


@pytest.mark.parametrize(
    "name", ["unbalance", "app", "num_iterations", "n_estimators", "eta", "seed", "num_leafs", "num_threads"]
)
def test_an_alias_or_a_name_that_there_is_not_is_refused(name):
    with pytest.raises(UserError, match=f"params: {name} cannot be changed: expected one of learning_rate"):
        read_params(json.dumps({name: 1}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rounds", 0),
        ("rounds", "abc"),
        ("rounds", 10.5),
        ("columns_per_tree", "0.5"),
        ("columns_per_tree", 0),
        ("num_leaves", -1),
        ("num_leaves", True),
        ("learning_rate", None),
        ("lambda_l2", -1.0),
        ("bagging_fraction", 1.5),
    ],
)
def test_a_value_out_of_its_bounds_is_named(name, value):
    with pytest.raises(UserError, match=f"params: {name}: .*, got "):
        read_params(json.dumps({name: value}))


def test_every_problem_is_told_at_once():
    with pytest.raises(UserError, match=r"rounds.*; .*eta cannot be changed"):
        read_params('{"rounds": 0, "eta": 0.1}')


def test_what_was_logged_can_be_read_again(tmp_path):
    changed = Parameters(num_leaves=31, extra_trees=True)
    (tmp_path / "params.json").write_text(json.dumps(changed.model_dump()))

    assert read_params(str(tmp_path / "params.json")) == changed


@pytest.mark.parametrize(("columns", "fraction"), [(610, 0.1), (60, MIN_COLUMNS / 60), (5, 1.0)])
def test_a_tree_gets_its_share_of_the_columns_but_never_too_few(columns, fraction):
    converted = Parameters().for_lightgbm(columns, seed=1, threads=1)

    assert converted["feature_fraction"] == pytest.approx(fraction)


def test_lightgbm_gets_what_is_fixed_and_nothing_of_ours():
    converted = Parameters().for_lightgbm(2, seed=7, threads=3)

    assert {name: converted[name] for name in FIXED} == FIXED
    assert converted["seed"] == 7
    assert converted["num_threads"] == 3
    assert not {"rounds", "patience", "columns_per_tree"} & set(converted)


def test_a_file_that_there_is_not_is_looked_for_where_the_error_says(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UserError, match=f"params: best.json cannot be read: found no file at {tmp_path}/best.json"):
        read_params("best.json")


def test_a_login_in_the_uri_of_parameters_is_refused_and_not_repeated():
    with pytest.raises(UserError, match="params: expected a URI without a user or password") as error:
        read_params("http://user:secretpw@127.0.0.1:1/params.json")

    assert "secretpw" not in str(error.value)


@pytest.mark.parametrize("step", [train, tune])
def test_a_mistake_in_the_parameters_is_told_before_the_table_is_built(step, tmp_path):
    with pytest.raises(UserError, match="params: eta cannot be changed"):
        step.main(data=str(tmp_path / "nowhere"), params='{"eta": 0.1}')
