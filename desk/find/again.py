"""What the version served now says about the fields of a decision on record: a simulation, which decides nothing."""

from dataclasses import dataclass

from custom_model.decisions import Decision
from desk.decision_server import DecisionServer, Refusal, Rejected
from desk.find.past_decision import PastDecision

PARAMS = {"reasons": "all"}
WITHOUT_HISTORY = {**PARAMS, "history": "none"}


@dataclass(frozen=True)
class Again:
    """The answer of the version served now, or the problems of the request under its contract."""

    decision: Decision | None
    problems: list[Refusal]

    @property
    def reasons(self) -> list[str]:
        """The reasons of the answer, the largest first."""
        return [] if self.decision is None else [each["text"] for each in self.decision["reasons"]]


def simulated(server: DecisionServer, past: PastDecision, id_field: str) -> Again:
    """What the server says about the same fields, history included; without the id, so that it asks no store."""
    request = {name: value for name, value in past.request.items() if name != id_field}
    params = WITHOUT_HISTORY if past.record["history"] == "none" else PARAMS
    try:
        (decision,) = server.simulate([request], params)
    except Rejected as error:
        return Again(None, error.problems)
    return Again(decision, [])
