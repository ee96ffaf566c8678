"""A window measured whole: its tests are judged in three families, which share the stated false-alarm rate."""

from dataclasses import dataclass
from datetime import UTC, datetime

from steps.evaluation.report.document import LeftOut
from steps.monitoring.alarms import OF_DECISIONS, alarming
from steps.monitoring.counting.windows import Window
from steps.monitoring.decisions.expected import expected_cost
from steps.monitoring.decisions.fairness import fairness
from steps.monitoring.drift.comparisons import Comparisons, compare
from steps.monitoring.drift.effects import drifted, effects
from steps.monitoring.drift.feeds import feeds, silent_tables
from steps.monitoring.drift.figures import drift_of
from steps.monitoring.outcomes.known import known
from steps.monitoring.outcomes.labels import no_labels
from steps.monitoring.report.drift import Drift
from steps.monitoring.report.effects import Effects
from steps.monitoring.report.facts import facts
from steps.monitoring.report.report import MonitoringReport
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.traffic.deciding import contract_of, deciding_processes
from steps.traffic.replayed import declared_by

WITHOUT_LABELS = (
    "What the decisions really cost is not known: no labels were given. -P labels=outcomes.csv adds a file with "
    "decision_id or client_id, default (1 or 0) and the date; outcomes come months after the decisions."
)


@dataclass(frozen=True)
class Measured:
    """The report of a window, and the comparisons behind it, which its pictures draw."""

    report: MonitoringReport
    comparisons: Comparisons


def measure(window: Window, policy: Policy, settings: Settings, now: datetime | None = None) -> Measured:
    """Measure a window.

    Parameters
    ----------
    window
        Its decisions, and what is known of them.
    policy
        Today's: costs and limits.
    settings
        The seed, and how many processes decide again.
    now
        The moment of the report, at which outcomes are known or not; by default this one.

    Raises
    ------
    UserError
        The version breaks off while it decides with drifted fields put back.
    """
    observed, reference, limits = window.observed, window.reference, policy.monitoring
    labels = no_labels() if window.labels is None else window.labels
    moment = now or datetime.now(UTC)
    outcomes, people, final = known(observed, labels, window.final, policy.costs, limits, moment)
    comparisons = compare(reference, observed, window.version, limits)
    cost = expected_cost(observed, reference, policy.costs, limits, window.version)
    fair = fairness(observed, reference, limits, None if window.labels is None else final, window.version)

    of_decisions = [*cost.tested, *fair.tested, *outcomes.calibration.tested]
    raised = alarming(of_decisions, limits.false_alarms * OF_DECISIONS)
    alarmed = {each.name for each, is_raised in zip(of_decisions, raised, strict=True) if is_raised}
    raised = alarming(comparisons.tests, comparisons.level)
    repeats = comparisons.repeats is not None and raised[-1]
    found = drift_of(comparisons, raised, reference, observed, limits, window.version, window.meanings)
    report = MonitoringReport(
        facts=facts(observed, reference, window.span, window.version, window.source),
        cost=cost.after(alarmed),
        feeds=feeds(reference, observed, limits, repeats, window.meanings),
        drift=found,
        effects=_effects(window, found, policy, settings),
        fairness=fair.after(alarmed),
        outcomes=LeftOut(left_out=WITHOUT_LABELS) if window.labels is None else outcomes.after(alarmed),
        overridden=people,
    )
    return Measured(report, comparisons)


def _effects(window: Window, found: Drift, policy: Policy, settings: Settings) -> Effects:
    """What the drifted fields do to the decisions: the version decides again, unless nothing has drifted."""
    candidates = drifted(found, silent_tables(window.reference, window.observed))
    if not candidates:
        return Effects(requests=0, refused=None, cost=None, effects=[])
    declared = declared_by(window.span.model_name, contract_of(window.model_uri))
    with deciding_processes(window.model_uri, (), settings.cores) as ask:
        return effects(
            candidates,
            window.reference,
            window.observed.sample,
            ask,
            declared,
            policy.costs,
            settings.seed,
            window.meanings,
        )
