"""Settings: arguments first, then the environment variables that a field names, then the defaults."""

import pytest
from pydantic import ValidationError

from steps.run.settings import PROJECT, Settings


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("MLFLOW_TRACKING_URI", "tracking_uri"),
        ("SPARK_MASTER", "spark_master"),
        ("HISTORY_STORE_URI", "history_store"),
        ("TUNE_STORAGE_URL", "tuning_storage"),
    ],
)
def test_a_variable_sets_its_field_and_an_argument_comes_first(monkeypatch, variable, field):
    monkeypatch.setenv(variable, "from-the-environment")

    assert getattr(Settings(), field) == "from-the-environment"
    assert getattr(Settings(**{field: "from-an-argument"}), field) == "from-an-argument"


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_URI", "SPARK_MASTER", "HISTORY_STORE_URI", "TUNE_STORAGE_URL"])
def test_an_empty_variable_counts_as_unset(monkeypatch, variable):
    monkeypatch.delenv(variable, raising=False)
    default = Settings()
    monkeypatch.setenv(variable, "")

    assert Settings() == default


@pytest.mark.parametrize("variable", ["SEED", "seed", "FOLDS", "CORES", "DATA_FOLDER", "TRACKING_URI", "tracking_uri"])
def test_a_variable_that_no_field_names_means_nothing(monkeypatch, variable):
    default = Settings()
    monkeypatch.setenv(variable, "3")

    assert Settings() == default


@pytest.fixture
def no_variables(monkeypatch):
    for variable in ("MLFLOW_TRACKING_URI", "HISTORY_STORE_URI", "TUNE_STORAGE_URL", "CREDIT_SCORING_FOLDER"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("no_variables")
def test_what_lasts_is_in_the_callers_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CREDIT_SCORING_FOLDER", str(tmp_path))

    settings = Settings()

    assert settings.tracking_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings.history_store == f"sqlite:///{tmp_path}/data/history.db"
    assert settings.tuning_storage == f"{tmp_path}/data/tuning.journal"
    assert settings.data_folder == tmp_path / "data"


@pytest.mark.usefixtures("no_variables")
def test_the_default_stores_are_in_the_project_whatever_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    settings = Settings()

    assert settings.tracking_uri == f"sqlite:///{PROJECT}/mlflow.db"
    assert settings.history_store == f"sqlite:///{PROJECT}/data/history.db"
    assert settings.tuning_storage == f"{PROJECT}/data/tuning.journal"


@pytest.mark.parametrize("wrong", [{"folds": 1}, {"holdout_percent": 0}, {"bootstraps": 99}, {"cores": 0}, {"sed": 1}])
def test_a_value_out_of_bounds_or_an_unknown_name_is_an_error(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)
