"""The gate's look at the requests on record, where policy.yaml asks for it and there is a decision log."""

import os
from datetime import UTC, datetime, timedelta

from mlflow.entities.model_registry import ModelVersion

from steps.gate import replay
from steps.gate.check import Check, Verdict, verdict_of
from steps.gate.replay import check_replay
from steps.registry.versions import uri_of
from steps.run.console import UserError
from steps.run.policy import Gate
from steps.run.settings import Settings
from steps.traffic.log import LOG, opened_log
from steps.traffic.recorded import LoggedTraffic, Span
from steps.traffic.replayed import replayed

WITHOUT_LOG = f"replay: policy.yaml asks for it, and there is no decision log: {LOG} is not set"
WITHOUT_CHAMPION = "replay: before there is a champion, nothing was decided"
UNREADABLE = f"make the decision log of {LOG} readable from here, or leave replay out of policy.yaml"


def check_on_record(
    candidate: ModelVersion, champion: ModelVersion | None, bounds: Gate, settings: Settings
) -> Verdict:
    """The candidate on the decisions on record; empty where the policy does not ask for them.

    A log that cannot be read fails, and one that is not there is left out.
    """
    if bounds.replay is None:
        return verdict_of([], {})
    if champion is None or not os.environ.get(LOG):
        return verdict_of([], {}, [WITHOUT_CHAMPION if champion is None else WITHOUT_LOG])
    span = Span(candidate.name, datetime.now(UTC) - timedelta(days=bounds.replay.days))
    try:
        with opened_log("") as (records, name):
            comparison = replayed(LoggedTraffic(records, name, span), uri_of(candidate), settings.cores)
    except UserError as error:
        return verdict_of([Check(replay.NAME, False, str(error), advice=UNREADABLE)], {})
    refused = comparison.refused_by_contract
    check, figures = check_replay(
        comparison.then.granted, comparison.now.granted, refused, bounds.replay, settings.seed
    )
    return verdict_of([check], figures)
