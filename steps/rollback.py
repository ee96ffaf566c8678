"""Go back to an earlier champion, in one command."""

from typing import Annotated

import mlflow
import typer

from steps.ledger.records import Event, Outcome
from steps.registry.attempt import attempt
from steps.registry.names import MODEL_NAME, checked_model_name, checked_version
from steps.registry.rollback import earlier_champion, roll_back
from steps.registry.settlement import settle
from steps.registry.version_record import version_link
from steps.run.console import run
from steps.run.markdown import escaped
from steps.run.names import checked_reason
from steps.run.options import ModelName
from steps.run.settings import Settings
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run


def main(
    reason: Annotated[str, typer.Option(help="Why, for the ledger: it must be given.")] = "",
    model_name: ModelName = MODEL_NAME,
    version: Annotated[
        str, typer.Option(help="Number of a version that once was champion; empty: the one before the present one.")
    ] = "",
) -> None:
    """Make an earlier champion champion again, without a gate, by the alias `previous` or its number.

    Example: python -m steps.rollback --reason "refusals doubled since Monday"
    """
    checked_version(version)
    name, reason = checked_model_name(model_name or MODEL_NAME), checked_reason("reason", reason)
    with tracked_run("rollback", name, Settings().tracking_uri):
        log_params(model_name=name, version=version, reason=reason)
        settle(name)
        target = earlier_champion(name, version)
        mlflow.set_tags({"model_name": name, "version": target.version})
        rename_run(f"rollback {name}/{target.version}")
        entry = attempt(Event.rollback, Outcome.champion, str(target.version), reason)
        replaced = roll_back(target, entry)
        before = "" if replaced is None else f" in place of version {replaced.version}"
        describe_run(f"{version_link(name, target.version)} is champion again{before}: {escaped(reason)}")
    print(f"  {name} version {target.version} is champion again{before}")


if __name__ == "__main__":
    run(main)
