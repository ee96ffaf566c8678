"""Options: the one rule of a registered model's name."""

import pytest
from mlflow import MlflowClient

from steps.run.console import UserError
from steps.run.options import LONGEST_NAME, MODEL_NAME, checked_model_name


@pytest.mark.parametrize("name", [MODEL_NAME, "a", "7", "german_credit.v2", "Crédit-2024", "x" * LONGEST_NAME])
def test_a_name_that_is_allowed_can_be_registered_and_found_again(name):
    assert checked_model_name(name) == name

    client = MlflowClient()
    client.create_registered_model(name)
    assert client.get_registered_model(name).name == name
    assert [found.name for found in client.search_registered_models(f"name = '{name}'")] == [name]
    client.delete_registered_model(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "a:b", "a@b", "o'neill", 'a"b', "my model", ".hidden", "-a", "a.", "a..b", "a\n", "a%20b", "a#b",
     "x" * (LONGEST_NAME + 1)],
)  # fmt: skip
def test_a_name_that_breaks_the_registry_a_uri_or_a_command_is_refused(name):
    with pytest.raises(UserError, match=r"^model_name: expected .*, such as credit-scoring; got "):
        checked_model_name(name)
