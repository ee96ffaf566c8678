"""The cost of each part of the clients against the champion's: cheaper overall may be dearer for some."""

from collections.abc import Sequence

import numpy as np

from steps.evaluation.groups import ClientGroup
from steps.gate.check import Check, signed
from steps.gate.many_groups import Measured, beyond, how_sure
from steps.run.policy import Gate


def check_segments(
    extra: np.ndarray, groups: Sequence[ClientGroup], bounds: Gate
) -> tuple[Check | None, dict[str, float]]:
    """No group of clients costs more than the champion's by more than the bound, beyond doubt.

    The interval of one of thirty groups would lie beyond any bound by chance; a bound for the upper end would refuse
    every version for its smallest group. So it fails where a group is dearer beyond doubt.

    Parameters
    ----------
    extra
        (clients,) what each client costs more under the candidate, see `extra_cost`.
    groups
        The segments, and the groups of the protected attributes; without any there is no check.
    bounds
        `worst_segment_cost_increase`, per client of the group.
    """
    if not groups:
        return None, {}
    bound = bounds.worst_segment_cost_increase
    measured = [_measured(extra, each) for each in groups]
    found = beyond(measured, bound)
    worst = max((each for each, _ in found.failing), default=None, key=lambda each: each.value) or max(
        measured, key=lambda each: each.value
    )
    check = Check(
        "segments",
        not found.failing,
        f"{signed(worst.value)} a client at worst ({worst.name}, {worst.group.clients:,} clients)",
        f"none by more than {bound:+.4f} beyond doubt",
        how_sure(found, len(groups), len(extra), bound),
        "evaluate both versions and compare this segment; train with fields that tell its clients apart, or keep the "
        "champion",
    )
    return check, {"segment_cost_increase_worst": worst.value}


def _measured(extra: np.ndarray, group: ClientGroup) -> Measured:
    differences = extra[group.members]
    return Measured(group, float(differences.mean()), float(differences.std() / np.sqrt(len(differences))))
