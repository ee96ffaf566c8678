"""The identity of a model, from MLflow's files next to the artifacts."""

import pytest

from custom_model.origin import Origin, name_copy

LOGGED = "model_id: m-1234\nrun_id: 0a1b2c\n"
UNNAMED = "model_name: null\nmodel_version: 'None'\n"  # MLflow's, of runs:/ and models:/m-id
REGISTERED = "model_name: credit-scoring\nmodel_version: '7'\n"


@pytest.mark.parametrize(
    ("files", "origin", "label"),
    [
        ({"MLmodel": LOGGED, "registered_model_meta": REGISTERED}, Origin("credit-scoring", "7", "0a1b2c"),
         "credit-scoring/7"),
        ({"MLmodel": LOGGED}, Origin("m-1234", None, "0a1b2c"), "m-1234"),
        ({"MLmodel": LOGGED, "registered_model_meta": UNNAMED}, Origin("m-1234", None, "0a1b2c"), "m-1234"),
        ({"MLmodel": "flavors: {}\n"}, Origin("unregistered", None, None), "unregistered"),
        ({}, Origin("unregistered", None, None), "unregistered"),
    ],
    ids=["registered", "logged", "downloaded by run", "saved", "bare"],
)  # fmt: skip
def test_a_models_identity_is_read_from_mlflows_files(tmp_path, files, origin, label):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    read = Origin.of(tmp_path)

    assert read == origin
    assert read.label == label


@pytest.mark.parametrize("location", ["{}", "file://{}"])
def test_the_name_in_the_stores_own_folder_is_that_of_the_latest_download_and_not_believed(tmp_path, location):
    (tmp_path / "MLmodel").write_text(f"{LOGGED}artifact_path: {location.format(tmp_path)}\n", "utf-8")
    (tmp_path / "registered_model_meta").write_text(REGISTERED, "utf-8")

    assert Origin.of(tmp_path).label == "m-1234"


def test_a_registry_that_fails_does_not_keep_a_model_from_being_served(tmp_path, monkeypatch, caplog):
    (tmp_path / "MLmodel").write_text(LOGGED, "utf-8")
    monkeypatch.setattr("mlflow.get_registry_uri", lambda: "http://127.0.0.1:1")
    monkeypatch.setattr("mlflow.MlflowClient", unreachable)

    assert Origin.of(tmp_path).label == "m-1234"
    assert "the registry cannot be asked for the version of m-1234 (ConnectionError)" in caplog.text


def test_a_registry_that_is_not_there_is_not_created(tmp_path, monkeypatch):
    (tmp_path / "MLmodel").write_text(LOGGED, "utf-8")
    monkeypatch.setattr("mlflow.get_registry_uri", lambda: f"sqlite:///{tmp_path}/none.db")

    assert Origin.of(tmp_path).label == "m-1234"
    assert not (tmp_path / "none.db").exists()


def test_a_copy_without_a_registered_name_is_left_without(tmp_path):
    (tmp_path / "MLmodel").write_text(LOGGED, "utf-8")

    name_copy(tmp_path)

    assert not (tmp_path / "registered_model_meta").exists()


def unreachable():
    raise ConnectionError("no registry")
