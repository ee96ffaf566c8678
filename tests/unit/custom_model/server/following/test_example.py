"""A version's example, and what an answer says otherwise."""

import json

import pytest
import yaml

from custom_model.server.following.example import ANSWER, EXAMPLE, EXAMPLE_DECISION, Example

DECISION = dict(zip(ANSWER, ("granted", 0.05, 0.09, 0.5, 0.95), strict=True))


def write(model, metadata):
    (model / "MLmodel").write_text(yaml.safe_dump({"metadata": metadata}), "utf-8")
    (model / EXAMPLE).write_text(json.dumps({"inputs": [{"income": 1.0}], "params": {"threshold": 0.1}}), "utf-8")


def test_the_example_is_asked_with_its_own_params_in_place_of_the_logged_ones(tmp_path):
    write(tmp_path, {EXAMPLE_DECISION: DECISION})

    body = json.loads(Example.of(tmp_path).body(simulate=True))

    assert body == {"inputs": [{"income": 1.0}], "params": {"simulate": True}}


@pytest.mark.parametrize("name", ANSWER)
def test_each_field_of_the_decision_must_be_equal_to_the_last_bit(tmp_path, name):
    write(tmp_path, {EXAMPLE_DECISION: DECISION})
    example = Example.of(tmp_path)
    other = "refused" if name == "decision" else DECISION[name] + 2**-52

    assert example.differences({**DECISION, "reasons": []}) == []
    assert example.differences({**DECISION, name: other}) == [f"{name} {other!r} for {DECISION[name]!r}"]


@pytest.mark.parametrize("metadata", [None, {}, {"another": 1}])
def test_a_version_without_a_logged_decision_cannot_be_proven(tmp_path, metadata):
    write(tmp_path, metadata)

    with pytest.raises(ValueError, match="no example with a logged decision"):
        Example.of(tmp_path)


def test_a_folder_without_a_model_cannot_be_proven(tmp_path):
    with pytest.raises(ValueError, match="no example with a logged decision"):
        Example.of(tmp_path)
