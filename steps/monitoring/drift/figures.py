"""The drift of a window, as figures: what was compared, and what of it raises an alarm."""

from collections.abc import Mapping, Sequence

from custom_model.costs import OUTCOMES
from custom_model.meanings import Meaning
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import LeftOut
from steps.monitoring.drift.comparisons import LEVELS, Compared, Comparisons, Subject
from steps.monitoring.drift.feeds import silent_tables
from steps.monitoring.observed import Observed
from steps.monitoring.reference import Reference
from steps.monitoring.report.drift import Drift, FieldDrift, GroupDrift, ShiftFigures
from steps.run.console import counted
from steps.run.monitoring_limits import MonitoringLimits
from steps.run.printable import printable
from steps.tables.feature_in_words import in_words

LONGEST_LEVEL = 40  # characters of a level, which the sender wrote
UNREGISTERED = "unregistered"
NAMED_SHARES: Mapping[Subject, Sequence[str]] = {"decisions": OUTCOMES, "reason": ("named",)}


def drift_of(
    comparisons: Comparisons,
    raised: Sequence[bool],
    reference: Reference,
    observed: Observed,
    limits: MonitoringLimits,
    version: str | None,
    meanings: Mapping[str, Meaning] | None = None,
) -> Drift:
    """The figures of comparisons.

    Parameters
    ----------
    comparisons
        Those of `compare`.
    raised
        Which of `comparisons.tests` raise an alarm, in their order; what joined them may follow.
    reference, observed, limits, version
        As for `compare`.
    meanings
        Of the fields, by name.
    """
    tables = {name: table for table, names in silent_tables(reference, observed).items() for name in names}
    verdicts = list(zip(comparisons.window, raised, strict=False))
    fields = [
        _field(each, flag, reference, observed, meanings or {}, tables.get(each.pair.name))
        for each, flag in verdicts
        if each.subject == "field"
    ]
    others = {
        subject: [_figures(each, flag) for each, flag in verdicts if each.subject == subject]
        for subject in ("history", "score", "decisions", "reason")
    }
    judged = int(comparisons.judged.sum())
    left_out = LeftOut(
        left_out=f"{counted(judged, 'decision')} of version {version or UNREGISTERED} at the policy's own threshold "
        f"are too few: {limits.least_decisions:,} are needed"
    )
    return Drift(
        source=reference.source,
        version=version or UNREGISTERED,
        decisions=len(observed),
        requests=int((~observed.erased).sum()),
        judged=judged,
        level=comparisons.level,
        level_of_groups=comparisons.level_of_groups,
        tolerated_psi=limits.tolerated_psi,
        fields=sorted(fields, key=lambda each: (not each.raised, each.table is not None, -each.psi)),
        history=next(iter(others["history"]), None),
        score=next(iter(others["score"]), left_out),
        outcomes=next(iter(others["decisions"]), left_out),
        reasons=others["reason"],
        groups=_groups(comparisons, reference, observed),
    )


def _field(
    compared: Compared,
    raised: bool,
    reference: Reference,
    observed: Observed,
    meanings: Mapping[str, Meaning],
    table: str | None,
) -> FieldDrift:
    name = compared.pair.name
    then, now = reference.fields[name], observed.fields[name]
    missing_then, missing_now = _shares(compared, then.bins.missing)
    unseen = None if then.bins.other is None else _shares(compared, then.bins.other)
    levels = {level: count for level, count in (now.unseen or {}).items() if count >= SMALLEST_GROUP}
    return FieldDrift(
        **_figures(compared, raised).model_dump(),
        words=in_words(name, meanings),
        is_used=name in reference.inputs,
        missing_then=missing_then,
        missing_now=missing_now,
        least_then=_blunt(then.least),
        least_now=_blunt(now.least),
        greatest_then=_blunt(then.greatest),
        greatest_now=_blunt(now.greatest),
        unseen={printable(level[:LONGEST_LEVEL]): count for level, count in levels.items()},
        unseen_then=unseen and unseen[0],
        unseen_now=unseen and unseen[1],
        table=table,
    )


def _blunt(value: float | None) -> float | None:
    """Three digits: the least and the greatest value are a single client's."""
    return None if value is None else float(f"{value:.3g}")


def _shares(compared: Compared, place: int) -> tuple[float, float]:
    then, now = (float(each[place] / each.sum()) for each in (compared.pair.reference, compared.pair.window))
    return then, now


def _figures(compared: Compared, raised: bool) -> ShiftFigures:
    names = LEVELS if compared.subject == "history" else NAMED_SHARES.get(compared.subject, ())
    shares = {name: _shares(compared, place) for place, name in enumerate(names)}
    shift = compared.shift
    return ShiftFigures(
        name=compared.pair.name,
        psi=shift.psi,
        by_chance=shift.by_chance,
        distance=shift.distance,
        p=shift.p,
        raised=raised,
        then={name: each[0] for name, each in shares.items()},
        now={name: each[1] for name, each in shares.items()},
    )


def _groups(comparisons: Comparisons, reference: Reference, observed: Observed) -> list[GroupDrift]:
    members = {each.group: int((each.members & ~observed.erased).sum()) for each in observed.groups}
    found = []
    for group in (each.group for each in reference.groups):
        mine = [
            (each, flag)
            for each, flag in zip(comparisons.groups, comparisons.raised_in_groups, strict=True)
            if each.group == group
        ]
        raised = [_figures(each, True) for each, flag in mine if flag]
        score = next((each.shift.psi for each, _ in mine if each.subject == "score"), None)
        found.append(
            GroupDrift(
                attribute=group.attribute,
                group=group.name,
                requests=members[group],
                tested=len(mine),
                raised=sorted(raised, key=lambda each: -each.psi),
                score_psi=score,
            )
        )
    return found
