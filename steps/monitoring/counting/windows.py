"""A window read from the decision log, or from an export of it, and counted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from custom_model.decision_log.reader import Records, window
from custom_model.meanings import Meaning
from steps.monitoring.counting.observing import observe
from steps.monitoring.counting.on_spark import observe_on_spark
from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.labels import Labels
from steps.monitoring.outcomes.loans import Final
from steps.monitoring.outcomes.overridden import answers_of
from steps.monitoring.reference import Reference
from steps.run.console import UserError, listed
from steps.run.settings import Engine, Settings
from steps.traffic.deciding import Contract
from steps.traffic.log import opened_log
from steps.traffic.recorded import ExportedTraffic, LoggedTraffic, Span, Traffic

SAMPLE = 5_000  # requests that are kept, of which drifted fields are put back
NAMED = 5  # other models that a message names


@dataclass(frozen=True)
class Subject:
    """The version that is watched: its number, its reference and contract, and the meanings of its fields."""

    version: str
    reference: Reference
    contract: Contract
    meanings: Mapping[str, Meaning]


@dataclass(frozen=True)
class Recorded:
    """Traffic, with the log that it is in; `records` is None for an export."""

    traffic: Traffic
    records: Records | None = None

    @property
    def final(self) -> Final | None:
        """People's last answers to its decisions; None where they are not on record."""
        return None if self.records is None else answers_of(self.records, self.traffic.span)

    @property
    def models(self) -> list[str]:
        """The models that decided in its time, as far as the log tells."""
        span = self.traffic.span
        return [] if self.records is None else self.records.model_names(window(span.since, span.until))


@dataclass(frozen=True)
class Window:
    """What is known of a window.

    Parameters
    ----------
    span
        The decisions that it has, of a registered model.
    version
        Number of the version that is watched.
    source
        Where they are on record, in words.
    observed
        The decisions, counted.
    reference
        What they are compared with.
    final
        Last answers of people; None where they are not on record.
    labels
        Outcomes; None without a file.
    meanings
        Of the fields, by name.
    """

    span: Span
    version: str
    source: str
    observed: Observed
    reference: Reference
    final: Final | None = None
    labels: Labels | None = None
    meanings: Mapping[str, Meaning] = field(default_factory=dict)

    @property
    def model_uri(self) -> str:
        return f"models:/{self.span.model_name}/{self.version}"


@contextmanager
def opened_traffic(span: Span, log: str, export: Path | None) -> Iterator[Recorded]:
    """The traffic of an export, else of the log at this URL, empty for DECISION_LOG_URI."""
    if export is not None:
        yield Recorded(ExportedTraffic(export, span))
        return
    with opened_log(log) as (records, name):
        yield Recorded(LoggedTraffic(records, name, span), records)


def counted_window(
    recorded: Recorded, subject: Subject, labels: Labels | None, settings: Settings, engine: Engine = Engine.duckdb
) -> Window:
    """The window, counted by processes here or by Spark; raise `UserError` where it has no decision of the model."""
    traffic = recorded.traffic
    if engine is Engine.duckdb:
        observed = observe(traffic, subject.reference, subject.contract, settings.cores, SAMPLE)
    else:
        assert isinstance(traffic, ExportedTraffic)
        observed = observe_on_spark(traffic, subject.reference, subject.contract, settings, SAMPLE)
    if not len(observed):
        raise UserError(_nothing(recorded))
    return Window(
        traffic.span,
        subject.version,
        traffic.name,
        observed,
        subject.reference,
        recorded.final,
        labels,
        subject.meanings,
    )


def _nothing(recorded: Recorded) -> str:
    span = recorded.traffic.span
    within = " in this time" if span.since or span.until else ""
    models = recorded.models
    others = f"; it has decisions of {listed(models, NAMED)}" if models else ""
    return (
        f"model: {recorded.traffic.name} has no decision of {span.model_name}{within}{others}: "
        "`python -m steps.decisions list` shows the latest"
    )
