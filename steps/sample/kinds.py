"""The kinds of earlier applications: purpose and outcome, as in "cash refused" or "consumer approved"."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from steps.sample.draws import Labels

CONTRACT = {"cash": "Cash loans", "consumer": "Consumer loans", "revolving": "Revolving loans", "xna": "XNA"}
STATUS = {"approved": "Approved", "canceled": "Canceled", "refused": "Refused", "unused": "Unused offer"}
LIKE = {
    "consumer canceled": "cash canceled",
    "cash unused": "cash canceled",
    "xna canceled": "revolving canceled",
    "xna refused": "revolving canceled",
}
"""Kinds too rare for recorded figures, and the kinds whose figures replace theirs."""

Drawn = TypeVar("Drawn", np.ndarray, Labels)


def by_kind(kind: Labels, recorded: Mapping, draw: Callable[..., Drawn], u: np.ndarray) -> Drawn:
    """Draw each row from its kind's figures.

    A kind without figures takes those of its `LIKE` kind, else of the approved kind of the same purpose, else the
    first, whose rows the caller overwrites.
    """
    listed = list(recorded)
    group = [next((listed.index(like) for like in _likes(name) if like in recorded), 0) for name in kind.names]
    return draw(u, np.array(group)[kind.codes], list(recorded.values()))


def _likes(kind: str) -> tuple[str, ...]:
    return (kind, LIKE.get(kind, kind), f"{kind.split()[0]} approved")


def contract_of(kind: Labels) -> Labels:
    """Return NAME_CONTRACT_TYPE, the kind's first word."""
    return recoded(Labels(kind.codes, tuple(CONTRACT[name.split()[0]] for name in kind.names)), CONTRACT.values())


def status_of(kind: Labels) -> Labels:
    """Return NAME_CONTRACT_STATUS, the kind's second word."""
    return recoded(Labels(kind.codes, tuple(STATUS[name.split()[1]] for name in kind.names)), STATUS.values())


def recoded(drawn: Labels, names: Iterable[str]) -> Labels:
    """Return the same labels as codes into these names, which must include them all."""
    names = tuple(names)
    return Labels(np.array([names.index(name) for name in drawn.names], np.int16)[drawn.codes], names)


def only(rows: np.ndarray, drawn: Labels, other: str) -> Labels:
    """Return the labels of the masked rows, and `other` in all other rows."""
    names = drawn.names if other in drawn.names else (*drawn.names, other)
    return Labels(np.where(rows, drawn.codes, names.index(other)).astype(np.int16), names)
