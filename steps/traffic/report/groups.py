"""Approvals on record and now by policy.yaml's segments and protected attributes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from custom_model.meanings import Meaning
from custom_model.rules import HISTORY
from steps.evaluation.groups import (
    SMALLEST_GROUP,
    ClientGroup,
    attribute_groups,
    attribute_in_words,
    history_groups,
    segment_parts,
)
from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, share
from steps.quality.many_tests import holm, two_sided
from steps.run.policy import Policy
from steps.traffic.comparison import Comparison
from steps.traffic.deciding import Contract

LEVEL = 0.05


class GroupFigures(Figures):
    """Shares granted of one group's requests that both decide.

    `p` is that of a change which differs from all other requests' by chance alone, adjusted for all groups (Holm); null
    where no decision changed.
    """

    attribute: str
    group: str
    requests: int
    then: float
    now: float
    p: float | None

    @property
    def change(self) -> float:
        return self.now - self.then

    @property
    def stands_out(self) -> bool:
        return self.p is not None and self.p < LEVEL


class Groups(Figures):
    """All groups of at least `SMALLEST_GROUP` requests; `lacking` are attributes that the contract has no field of."""

    groups: list[GroupFigures]
    lacking: list[str]

    def shown(self) -> Shown:
        found = [each for each in self.groups if each.stands_out]
        named = "; ".join(f"{each.attribute} {each.group} ({each.change:+.1%})" for each in found)
        text = (
            f"Approvals change otherwise than those of all other requests, beyond doubt, of: {named}."
            if found
            else "The approvals of no group change otherwise than those of all other requests beyond doubt."
        )
        blocks = [
            Paragraph(text, bool(found)),
            Paragraph(
                "p is the probability that chance alone makes the group's change differ so much from that of all other "
                f"requests (Welch), adjusted for all groups (Holm 1979): below {LEVEL} is beyond doubt. It is a dash "
                "where there are no other requests, or no decision changes. Groups of fewer than "
                f"{SMALLEST_GROUP} requests are not shown."
            ),
        ]
        if self.lacking:
            blocks.append(Paragraph(f"The candidate's contract has no field of {', '.join(self.lacking)}."))
        rows = [
            [each.attribute, each.group, f"{each.requests:,}", share(each.then), share(each.now),
             f"{each.change:+.1%}", "–" if each.p is None else "< 0.001" if each.p < 0.001 else f"{each.p:.3f}"]
            for each in self.groups
        ]  # fmt: skip
        header = ["by", "group", "requests", "granted then", "granted now", "change", "p"]
        return Shown("Segments and groups", [*blocks, Table("Approvals by group", header, rows, words=2)])


def fields_of(policy: Policy, contract: Contract) -> list[str]:
    """The fields of the requests that tell their groups."""
    wanted = [*(each.by for each in policy.segments.values() if each.by != HISTORY), *policy.protected_attributes]
    return [name for name in dict.fromkeys(wanted) if _is_field(name, contract)]


def groups(
    comparison: Comparison, policy: Policy, contract: Contract, meanings: Mapping[str, Meaning] | None = None
) -> Groups:
    """Measure the groups of the requests that both decide."""
    rows = comparison.compared
    change = comparison.now.granted[rows].astype(float) - comparison.then.granted[rows]
    then, now = comparison.then.granted[rows], comparison.now.granted[rows]
    measured, p_values = [], []
    for group in _groups(comparison, policy, contract, meanings or {}):
        inside = group.members[rows]
        if inside.sum() >= SMALLEST_GROUP:
            measured.append((group, inside))
            p_values.append(_p(change, inside))
    tested = [place for place, p in enumerate(p_values) if p is not None]
    adjusted = dict(zip(tested, holm([p for p in p_values if p is not None]), strict=True))
    wanted = [*(each.by for each in policy.segments.values() if each.by != HISTORY), *policy.protected_attributes]
    return Groups(
        groups=[
            GroupFigures(
                attribute=group.attribute,
                group=group.name,
                requests=int(inside.sum()),
                then=float(then[inside].mean()),
                now=float(now[inside].mean()),
                p=adjusted.get(place),
            )
            for place, (group, inside) in enumerate(measured)
        ],
        lacking=[name for name in dict.fromkeys(wanted) if not _is_field(name, contract)],
    )


def _groups(
    comparison: Comparison, policy: Policy, contract: Contract, meanings: Mapping[str, Meaning]
) -> Iterator[ClientGroup]:
    columns = {name: _column(values, name, contract) for name, values in comparison.fields.items()}
    for name, segment in policy.segments.items():
        if segment.by == HISTORY:
            yield from history_groups(name, pd.Series(comparison.has_history))
        elif segment.by in columns:
            yield from segment_parts(name, columns[segment.by], segment)
    for name in policy.protected_attributes:
        if name in columns:
            for group in attribute_groups(name, columns[name], meanings):
                yield ClientGroup(attribute_in_words(name, meanings), group.name, group.members)


def _column(values: np.ndarray, name: str, contract: Contract) -> pd.Series:
    """The values as the contract has them; what was no number in a request that was refused is missing."""
    column = pd.Series(values, dtype=object)
    return pd.to_numeric(column, errors="coerce").astype(float) if name in contract.get("numeric", ()) else column


def _is_field(name: str, contract: Contract) -> bool:
    return name in contract.get("numeric", ()) or name in contract.get("categories", {})


def _p(change: np.ndarray, inside: np.ndarray) -> float | None:
    """Of the mean change of a group against that of all others (Welch); None where nothing tells them apart."""
    parts: Sequence[np.ndarray] = (change[inside], change[~inside])
    if any(len(part) < 2 for part in parts):
        return None
    error = float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))
    difference = float(parts[0].mean() - parts[1].mean())
    if not error:  # all in the group changed alike, and all others did
        return None if difference == 0 else 0.0
    return two_sided(difference / error)
