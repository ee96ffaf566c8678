"""What the decision server runs at this moment, and whether that is the champion."""

from dataclasses import dataclass, field

from desk.decision_server import DecisionServer
from desk.models.standing import Model
from desk.problems import Problem


@dataclass(frozen=True)
class Serving:
    """What answers at the server's URL.

    Attributes
    ----------
    url
        Where the desk asks.
    problem
        Why nothing is known of it; None: it answered.
    label, is_champion
        The version that decides, and whether it is the champion of the registry.
    is_ready
        Whether it decides at this moment.
    stores
        Whether each of its stores answers.
    alias, why_not
        The alias that it follows, and why not; empty: it follows none, or does.
    """

    url: str
    problem: Problem | None = None
    label: str = ""
    is_champion: bool = False
    is_ready: bool = False
    stores: dict[str, bool] = field(default_factory=dict)
    alias: str = ""
    why_not: str = ""


def serving(server: DecisionServer, model: Model) -> Serving:
    """Ask the server; one that does not answer is no failure of the page."""
    try:
        ready = server.readiness()
    except Problem as problem:
        return Serving(server.url, problem)
    following = ready.get("following") or {}
    return Serving(
        server.url,
        label=ready["model"],
        is_champion=ready["model"] == f"{model.name}/{model.champion}",
        is_ready=ready.get("ready", False),
        stores=ready.get("stores", {}),
        alias=following.get("alias") or "",
        why_not=following.get("problem") or "",
    )
