"""Fairness in use: how many of each protected group are granted, of all others, and so against the reference."""

from math import log, sqrt

import numpy as np

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Block, Estimate, Figures, Paragraph, Picture, Shown, Table, number
from steps.monitoring.alarms import Alarm, Tested
from steps.monitoring.decisions.against_reference import share_with_interval
from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.maturity import Matured
from steps.monitoring.reference import GroupReference, Reference
from steps.monitoring.watched import Watched
from steps.quality.many_tests import below
from steps.quality.ratios import ratio_of_shares
from steps.run.monitoring_limits import MonitoringLimits

TITLE, PICTURE = "Fairness in use", "approval_by_group"


class ProtectedGroup(Figures):
    """Approvals of one group; `ratio` is its share granted over that of all others, now and in the reference.

    Ratios are null where none of the others are granted; `p` where nothing is tested. `default_rate` is of its loans
    with a final outcome.
    """

    attribute: str
    group: str
    decisions: int
    granted: Estimate
    reference_granted: Estimate
    ratio: Estimate
    reference_ratio: float | None
    p: float | None
    loans: int
    default_rate: Estimate

    @property
    def test(self) -> str:
        """Its name among the tests."""
        return f"approval of {self.attribute} {self.group}"


class Fairness(Watched):
    """All protected groups with at least `SMALLEST_GROUP` decisions now and clients in the reference.

    `hidden` are groups with fewer, `decrease` is what of the ratio is tolerated.
    """

    groups: list[ProtectedGroup]
    hidden: int
    decrease: float
    has_outcomes: bool

    @property
    def tested(self) -> list[Tested]:
        return [Tested(each.test, each.p) for each in self.groups if each.p is not None]

    @property
    def alarms(self) -> list[Alarm]:
        action = (
            "see which of the fields behind their decisions drifted, and whether their defaults rose as well; judge "
            "with those who answer for fair lending before the model decides on"
        )
        return [
            Alarm(
                "fairness",
                f"{each.attribute} {each.group}: approved {number(each.ratio.value, 2)} times as often as all others, "
                f"and {number(each.reference_ratio, 2)} times in the reference; a fall by {self.decrease:g} is "
                "tolerated",
                action,
            )
            for each in self.groups
            if each.test in self.alarmed
        ]

    def shown(self) -> Shown:
        if not self.groups:
            return Shown(TITLE, [Paragraph(f"No protected group has {SMALLEST_GROUP} decisions to be shown.")])
        header = ["attribute", "group", "decisions", "granted", "granted in the reference", "ratio to others",
                  "ratio in the reference"]  # fmt: skip
        rows = [
            [each.attribute, each.group, f"{each.decisions:,}", each.granted.percent(),
             each.reference_granted.percent(), each.ratio.text(2), number(each.reference_ratio, 2),
             *([f"{each.loans:,}", each.default_rate.percent()] if self.has_outcomes else [])]
            for each in self.groups
        ]  # fmt: skip
        outcomes = ["loans with an outcome", "defaulted"] if self.has_outcomes else []
        blocks: list[Block] = [
            *[Paragraph(each.sentence, is_warning=True) for each in self.alarms],
            *([] if self.alarmed else [Paragraph(self._no_alarm)]),
            Paragraph(self._method),
            Picture(PICTURE, "Shares granted by protected group, with the reference's", "With 95 % intervals.", "wide"),
            Table("Approvals by protected group", [*header, *outcomes], rows, words=2),
        ]
        return Shown(TITLE, blocks)

    @property
    def _no_alarm(self) -> str:
        if not self.tested:
            return "Nothing is tested: too few decisions for policy.yaml, or nobody granted outside the groups."
        return "No group's approvals fell, against all others', by more than is tolerated beyond doubt."

    @property
    def _method(self) -> str:
        hidden = f" {self.hidden:,} smaller groups are not shown." if self.hidden else ""
        outcomes = (
            " Default rates are of the loans alone: where a group is held to a higher bar, those of it who are granted "
            "default less."
            if self.has_outcomes
            else ""
        )
        return (
            "The ratio is the share granted of the group over that of all other decisions, with its 95 % interval, of "
            "what the watched version decided at the policy's threshold. It "
            f"is held against the reference's, as groups whose risks differ are never approved alike.{hidden}{outcomes}"
        )


def fairness(
    observed: Observed,
    reference: Reference,
    limits: MonitoringLimits,
    matured: Matured | None = None,
    version: str | None = None,
) -> Fairness:
    """Measure the groups, of what the version decided at the policy's threshold, as the reference's decisions are.

    `matured` has the final outcomes, where there are labels; `version` None is all of them.
    """
    judged = observed.judged(version)
    then = {each.group: each for each in reference.groups}
    protected = [each for each in observed.groups if each.group.is_protected and each.group in then]
    measured = [
        _group(each.members, judged, then[each.group], observed, reference, limits, matured)
        for each in protected
        if min(int((each.members & judged).sum()), then[each.group].decided.clients) >= SMALLEST_GROUP
    ]
    return Fairness(
        groups=measured,
        hidden=len(protected) - len(measured),
        decrease=limits.worst_approval_ratio_decrease,
        has_outcomes=matured is not None and not matured.figures.has_defaults_alone,
    )


def _group(
    everyone: np.ndarray,
    judged: np.ndarray,
    before: GroupReference,
    observed: Observed,
    reference: Reference,
    limits: MonitoringLimits,
    matured: Matured | None,
) -> ProtectedGroup:
    members = everyone & judged
    others = judged & ~everyone & ~observed.erased  # the group of an erased request is not known
    granted = observed.decided.granted
    now = int(granted[members].sum()), int(members.sum()), int(granted[others].sum()), int(others.sum())
    own, whole = before.decided, reference.decided
    hits = own.outcomes["granted"]
    then = hits, own.clients, whole.outcomes["granted"] - hits, whole.clients - own.clients
    ratio, ratio_then = (ratio_of_shares(*each) if each[3] else None for each in (now, then))
    is_tested = judged.sum() >= limits.least_decisions and ratio is not None and ratio_then is not None
    defaults = matured.default[everyone & matured.counted] if matured is not None else np.empty(0)
    loans = len(defaults)
    return ProtectedGroup(
        attribute=before.group.attribute,
        group=before.group.name,
        decisions=now[1],
        granted=share_with_interval(now[0], now[1]),
        reference_granted=share_with_interval(then[0], then[1]),
        ratio=Estimate(value=None) if ratio is None else Estimate.of(ratio.value, (ratio.low, ratio.high)),
        reference_ratio=None if ratio_then is None else ratio_then.value,
        p=p_of_decrease(now, then, limits.worst_approval_ratio_decrease) if is_tested else None,
        loans=loans,
        default_rate=share_with_interval(int(defaults.sum()), loans)
        if loans >= SMALLEST_GROUP
        else Estimate(value=None),
    )


def p_of_decrease(now: tuple[int, int, int, int], then: tuple[int, int, int, int], tolerated: float) -> float:
    """The chance of so low a ratio where the true one is the reference's less `tolerated`.

    `now` and `then` are the group's hits and decisions, and all others'. Ratios are compared by their logarithms (Katz
    1978), half a hit for none. 50 of 100 against 800 of 1,000, a ratio of 0.625, where the reference has 0.8 beyond
    noise, have 0.04: 0.75 is tolerated.
    """
    (ratio, noise), (before, noise_then) = _log_ratio(*now), _log_ratio(*then)
    lowest = np.exp(before) - tolerated
    if lowest <= 0:
        return 1.0
    # The noise of the reference's ratio, less a constant: the logarithm stretches it.
    stretched = noise_then * (np.exp(before) / lowest) ** 2
    return below((ratio - log(lowest)) / sqrt(noise + stretched))


def _log_ratio(hits: int, decisions: int, other_hits: int, others: int) -> tuple[float, float]:
    """The logarithm of the ratio of shares, and its variance."""
    own, other = (min(max(each, 0.5), of - 0.5) for each, of in ((hits, decisions), (other_hits, others)))
    variance = 1 / own - 1 / decisions + 1 / other - 1 / others
    return log(own / decisions) - log(other / others), variance
