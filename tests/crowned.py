"""A champion that the gate was not asked about, for tests of what comes after the first one."""

from steps.ledger.records import Entry, Event, Outcome
from steps.registry.champion import make_champion
from steps.registry.versions import find_version
from steps.train import TrainedVersion

UNASKED = Entry(event=Event.promotion, outcome=Outcome.champion, version="", reason="the first of its tests")


def crowned(name: str, trained: TrainedVersion) -> TrainedVersion:
    """The version of the model of this name, as champion of a model that has none."""
    assert make_champion(find_version(name, str(trained.version)), None, UNASKED)
    return trained
