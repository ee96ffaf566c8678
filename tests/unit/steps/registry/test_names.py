"""The names of registered models: the rule, and the default of a data set."""

import pandas as pd
import pytest
from mlflow import MlflowClient

from steps.features import Engine, build
from steps.registry.names import MODEL_NAME, champion_uri, checked_model_name, checked_version, model_name_of
from steps.run.console import UserError
from steps.run.names import LONGEST_NAME
from steps.run.settings import Settings


@pytest.fixture(scope="module")
def empty_registry(tmp_path_factory) -> str:
    """A registry of this module's tests: the session's has the models of others."""
    return f"sqlite:///{tmp_path_factory.mktemp('registry') / 'mlflow.db'}"


@pytest.mark.slow  # a registry
@pytest.mark.parametrize("name", [MODEL_NAME, "a", "7", "german_credit.v2", "Crédit-2024", "x" * LONGEST_NAME])
def test_a_name_that_is_allowed_can_be_registered_and_found_again(name, empty_registry):
    assert checked_model_name(name) == name

    client = MlflowClient(registry_uri=empty_registry)
    client.create_registered_model(name)
    assert client.get_registered_model(name).name == name
    assert [found.name for found in client.search_registered_models(f"name = '{name}'")] == [name]


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "a:b", "a@b", "o'neill", 'a"b', "my model", ".hidden", "-a", "a.", "a..b", "a\n", "a%20b", "a#b",
     "x" * (LONGEST_NAME + 1)],
)  # fmt: skip
def test_a_name_that_breaks_the_registry_a_uri_or_a_command_is_refused(name):
    with pytest.raises(UserError, match=r"^model_name: expected .*, such as credit-scoring; got "):
        checked_model_name(name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("clients.csv", "clients"),
        ("clients.csv.gz", "clients"),
        ("UCI_Credit_Card.parquet", "UCI_Credit_Card"),
        ("my clients (2024).csv", "my-clients-2024"),
        ("a:b@c'd.csv", "a-b-c-d"),
        ("größe.csv", "größe"),
        ("clients.v2.csv", "clients.v2"),
        ("---.csv", "clients"),
        ("a..b.csv", "a.b"),
        (f"{'x' * 120}.csv", "x" * 100),
    ],
)
def test_a_flat_files_model_has_the_files_name_as_far_as_a_registry_and_a_uri_allow_it(tmp_path, file, name):
    (tmp_path / file).write_bytes(b"")
    if file.endswith(".parquet"):
        pd.DataFrame({"x": [1]}).to_parquet(tmp_path / file)

    assert model_name_of(str(tmp_path / file)) == name


def test_the_sample_and_a_folder_of_tables_have_home_credits_name(tmp_path):
    assert model_name_of("sample") == model_name_of(str(tmp_path)) == MODEL_NAME == "credit-scoring"


@pytest.mark.slow
def test_the_feature_table_of_home_credits_tables_has_their_name(tiny_parquet):
    assert model_name_of(str(tiny_parquet)) == MODEL_NAME


def test_the_feature_table_of_a_flat_file_has_the_files_name(tmp_path):
    (tmp_path / "lender.csv").write_text("client,bad,x\n1,0,5\n2,1,6\n")
    out = tmp_path / "features.parquet"
    build(str(tmp_path / "lender.csv"), out, Engine.duckdb, "bad", "client", Settings())

    assert model_name_of(str(out)) == "lender"


def test_a_champion_is_found_by_its_alias():
    assert champion_uri("lender") == "models:/lender@champion"


@pytest.mark.parametrize("version", ["", "1", "7", "999999999"])
def test_a_version_is_a_number_or_the_latest(version):
    assert checked_version(version) == version


@pytest.mark.parametrize("version", ["0", "01", "1.0", "-1", "²", "١", "1\n", " 1", "latest", "1' or 1=1", "9" * 5_000])
def test_what_is_no_version_is_told_before_anything_is_read(version):
    with pytest.raises(UserError, match="version: expected the number of a version, such as 7, or nothing") as error:
        checked_version(version)

    assert len(str(error.value)) < 200
    assert str(error.value).isprintable()
