"""Whether a table can be decided by the present version of a model: compared before a training, not after it."""

from collections.abc import Iterator
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steps.registry.names import model_name_of
from steps.registry.versions import find_champion, find_latest, uri_of
from steps.run.console import UserError, listed
from steps.tables.feature_table import FeatureTable

LISTED = 3  # fields that the message names
LEAST_SHARE = 0.5  # of a contract's fields that a table of the same lender has


def check_same_lender(table: FeatureTable, model_name: str) -> None:
    """Raise `UserError` where the model's champion, or else its latest version, is of another lender's data.

    A gate could not compare the two; a server would reject the other's applications after a promotion.
    """
    version = find_champion(model_name) or find_latest(model_name)
    if version is None:
        return
    contract = _contract(version)
    difference = None if contract is None else next(_differences(contract, table), None)
    if difference is not None:
        own = model_name_of(table.parameters["data"])
        raise UserError(
            f"model_name: {version.name} version {version.version} is of other data, {difference}: train this data "
            f"under another name, such as model_name={own if own != model_name else f'{own}-2'}"
        )


def _contract(version: ModelVersion) -> dict[str, Any] | None:
    """The contract in the version's MLmodel, as plain values, whatever code it was trained with; None without one."""
    try:
        flavors = mlflow.models.get_model_info(uri_of(version)).flavors
        return flavors["python_function"]["config"]["contract"]
    except (MlflowException, OSError, KeyError):
        return None


def _differences(contract: dict[str, Any], table: FeatureTable) -> Iterator[str]:
    """What keeps the contract's model from deciding this table, in words."""
    if contract["id"] != table.lineage.id:
        yield f"whose id is {contract['id']}, not {table.lineage.id}"
    missing = [name for name in contract.get("required", ()) if name not in table.fields]
    if missing:
        yield f"which requires {listed(missing, LISTED)}"
    numeric, texts = set(contract.get("numeric", ())), set(contract.get("categories", ()))
    fields = set(table.fields)
    if len((numeric | texts) & fields) < LEAST_SHARE * len(numeric | texts):
        yield f"which has {len(numeric | texts):,} fields, and this data {len((numeric | texts) & fields):,} of them"
    numbers = {name for name in table.fields if table.frame[name].dtype.kind == "f"}
    changed = [name for name in table.fields if name in (numeric - numbers) | (texts & numbers)]
    if changed:
        yield f"whose type of {listed(changed, LISTED)} is another"
