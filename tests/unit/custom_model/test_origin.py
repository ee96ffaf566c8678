"""The identity of a model, from MLflow's files next to the artifacts."""

import pytest

from custom_model.origin import Origin

LOGGED = "model_id: m-1234\nrun_id: 0a1b2c\n"
REGISTERED = "model_name: credit-scoring\nmodel_version: '7'\n"


@pytest.mark.parametrize(
    ("files", "origin", "label"),
    [
        ({"MLmodel": LOGGED, "registered_model_meta": REGISTERED}, Origin("credit-scoring", "7", "0a1b2c"),
         "credit-scoring/7"),
        ({"MLmodel": LOGGED}, Origin("m-1234", None, "0a1b2c"), "m-1234"),
        ({"MLmodel": "flavors: {}\n"}, Origin("unregistered", None, None), "unregistered"),
        ({}, Origin("unregistered", None, None), "unregistered"),
    ],
    ids=["registered", "logged", "saved", "bare"],
)  # fmt: skip
def test_a_models_identity_is_read_from_mlflows_files(tmp_path, files, origin, label):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    read = Origin.of(tmp_path / "artifacts" / "booster.txt")

    assert read == origin
    assert read.label == label
