"""The ledger of a model: who changed its champion, when, and on what evidence."""

from typing import Annotated

import typer

from steps.ledger.chain import problems
from steps.ledger.page import as_table, as_text
from steps.ledger.records import Filed, filed
from steps.registry.names import MODEL_NAME, checked_model_name
from steps.registry.versions import registry_errors, versions_of
from steps.run.console import UserError, counted, run
from steps.run.options import ModelName, Truth
from steps.run.settings import Settings
from steps.tracking.connection import connect


def records_of(model_name: str) -> list[Filed]:
    """All records of the model, newest first; raise `UserError` where it has neither a record nor a version.

    A ledger outlives its model: who deletes that deletes no record.
    """
    with registry_errors(f"read the ledger of {model_name}"):
        found = list(filed(model_name))
    if not found and not versions_of(model_name):
        raise UserError(f"{model_name} has no versions: register one with `mlflow run . -e train --env-manager local`")
    return found


def verify(model_name: str, records: list[Filed]) -> bool:
    """Print whether the chain is whole, and its digest to keep elsewhere; return whether it is."""
    with registry_errors(f"verify the ledger of {model_name}"):
        found = list(problems(model_name, records))
    for problem in found:
        print(f"  NOT WHOLE: {problem}")
    if not found:
        digest = records[0].digest if records else "none"
        print(f"  whole: {counted(len(records), 'record')}; digest of the newest: {digest}")
    return not found


def main(
    model_name: ModelName = MODEL_NAME,
    number: Annotated[int, typer.Option(help="Number of a record to print whole; 0: all, a line each.", min=0)] = 0,
    verify_chain: Annotated[
        Truth,
        typer.Option(
            "--verify", help="true: check that no record is missing or changed; one that is ends with exit status 1."
        ),
    ] = Truth.false,
) -> None:
    """Print the ledger of a model, newest first: each promotion, refusal, approval, policy change and rollback.

    Example: python -m steps.history --verify true
    """
    name = checked_model_name(model_name or MODEL_NAME)
    connect(Settings().tracking_uri)
    records = records_of(name)
    if number:
        print(as_text(_numbered(records, number, name)))
    else:
        print(as_table(records) if records else f"  the ledger of {name} is empty: no version was promoted yet")
    if verify_chain is Truth.true and not verify(name, records):
        raise typer.Exit(1)


def _numbered(records: list[Filed], number: int, model_name: str) -> Filed:
    for each in records:
        if each.number == number:
            return each
    there = f"1 to {records[0].number}" if records else "none"
    raise UserError(f"number: expected a record of {model_name}, {there}; got {number}")


if __name__ == "__main__":
    run(main)
