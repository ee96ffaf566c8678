"""The fields that an application must be sent with, so that leaving them out wins no credit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custom_model.applications import Applications, validate
from custom_model.contract import Contract
from custom_model.decisions import Decider
from custom_model.model import decider as decider_of
from custom_model.omission import Omission, RefusedClients, groups, used_fields
from custom_model.rules import HISTORY
from custom_model.scorecard import Scorecard
from steps.run.console import progress
from steps.tables.feature_table import FeatureTable
from steps.training.data import RARELY_MISSING

if TYPE_CHECKING:
    import lightgbm as lgb

ALWAYS_ASKED = "it is always asked"  # why a field must be sent that policy.yaml requires
BATCH_SHARE = 10  # of a group's fields, one in ten is added at a time until the rest wins little enough


@dataclass(frozen=True)
class Requirements:
    """The contract with its requirements, and the measurement behind them.

    Attributes
    ----------
    contract : Contract
        With `required` and `declared` fields.
    because : dict of str to str
        Why each of these must be sent.
    alone : list of Omission
        The effect of each used field alone, largest first.
    rest : list of Omission
        The effect of each group of the fields that may still be left out, largest first.
    """

    contract: Contract
    because: dict[str, str]
    alone: list[Omission]
    rest: list[Omission]

    @property
    def open(self) -> list[Omission]:
        """The omissions that the contract accepts: single fields and groups."""
        return [*(each for each in self.alone if each.name not in self.because), *self.rest]


def requirements_of(
    booster: "lgb.Booster",
    scorecard: Scorecard,
    contract: Contract,
    table: FeatureTable,
    rows: np.ndarray,
    bound: float,
    seed: int,
) -> Requirements:
    """The requirements of a trained model: `find_requirements` on the clients outside its training `rows`."""
    fields = table.applications
    holdout, _ = validate(contract, fields.loc[~rows], is_simulation=True)
    missing = fields.loc[rows, list(contract.fields)].isna().mean().to_dict()
    topics = {name: meaning.topic for name, meaning in scorecard.meanings.items()}
    with progress(f"measuring what leaving fields out would win among {len(holdout):,} held-out clients"):
        return find_requirements(
            decider_of(contract, scorecard, booster, "candidate"), holdout, missing, topics, bound, seed
        )


def find_requirements(
    decider: Decider,
    holdout: Applications,
    missing: Mapping[str, float],
    topics: dict[str, str],
    bound: float,
    seed: int,
) -> Requirements:
    """Find the fields that could win more than `bound` of the refused clients when left out, alone or together.

    Parameters
    ----------
    decider : Decider
        The model, whose contract has the fields that policy.yaml requires.
    holdout : Applications
        Complete applications of held-out clients; outcomes are not needed.
    missing : dict of str to float
        Share of training clients without a value, by field.
    topics : dict of str to str
        Topic by field: the fields of a topic may be left out together.
    bound : float
        Limit of the upper end of the interval of the share of refused clients who would be granted.
    seed : int
        Seed of the choice among very many refused clients.

    Returns
    -------
    Requirements
        Required with a value where training rarely saw the field missing, and declared, with a value or null,
        otherwise and for history, which new clients do not have.
    """
    refused = RefusedClients(decider, holdout, seed)
    alone = sorted(refused.without_each(used_fields(decider)), key=lambda each: -each.granted)
    because = dict.fromkeys(decider.contract.required, ALWAYS_ASKED)
    because |= {each.name: _reason(each) for each in alone if each.highest > bound}
    because |= _whole_history(refused, decider, alone, because, bound)
    for group, effect in _bound_groups(refused, decider, alone, because, topics, bound):
        because |= {name: _group_reason(effect) for name in group}
    contract = _with_requirements(decider.contract, because, missing)
    free = [each.name for each in alone if each.name not in because]
    rest = [refused.without(members, name) for name, members in groups(decider, free, topics).items()]
    return Requirements(contract, because, alone, sorted(rest, key=lambda each: -each.granted))


def _whole_history(
    refused: RefusedClients, decider: Decider, alone: list[Omission], because: Mapping[str, str], bound: float
) -> dict[str, str]:
    """All history fields that the model uses, where the history wins too much alone or in part.

    A history comes from a table or a store, whole: demanding all of it lengthens no request, and leaves no set of its
    hundreds of fields that wins together what none wins alone.
    """
    history = [each.name for each in alone if each.name in set(decider.contract.history)]
    if not history:
        return {}
    effect = refused.without(history, HISTORY)
    if effect.highest <= bound and not set(because).intersection(history):
        return {}
    return {name: _group_reason(effect) for name in history if name not in because}


def _bound_groups(
    refused: RefusedClients,
    decider: Decider,
    alone: list[Omission],
    because: Mapping[str, str],
    topics: dict[str, str],
    bound: float,
) -> Iterator[tuple[list[str], Omission]]:
    """The further fields of each group that wins too much, those that win most alone first, and the group's effect."""
    must_send = set(because)
    free = [each.name for each in alone if each.name not in must_send]
    for name, members in groups(decider, free, topics).items():
        rest = [member for member in members if member not in must_send]
        while rest and (effect := refused.without(rest, name)).highest > bound:
            added = rest[: max(1, len(rest) // BATCH_SHARE)]
            rest = rest[len(added) :]
            must_send.update(added)
            yield added, effect


def _with_requirements(contract: Contract, because: Mapping[str, str], missing: Mapping[str, float]) -> Contract:
    history = set(contract.history)
    with_value = {name for name in because if name not in history and missing[name] < RARELY_MISSING}
    with_value |= set(contract.required)
    return contract.requiring(
        required=tuple(name for name in contract.fields if name in with_value),
        declared=tuple(name for name in contract.fields if name in because and name not in with_value),
    )


def _reason(effect: Omission) -> str:
    return f"without it {effect.share:.1%} of the refused would be granted (at most {effect.highest:.1%})"


def _group_reason(effect: Omission) -> str:
    return f"without {effect.name} {effect.share:.1%} of the refused would be granted (at most {effect.highest:.1%})"
