"""Applications with their clients' history, and the source of each."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from custom_model.applications import Applications, is_by_column
from custom_model.contract import Contract
from custom_model.errors import Problem

NAMED = 5  # undeclared fields that a problem names
Source = Literal["request", "store", "none"]


@dataclass(frozen=True, slots=True)
class Completed:
    """Applications completed with history.

    `values` is (rows, fields) as in `Applications`; `sources` has the source of each row's history; `version`
    is the published set that any of it was read from, None without such a row.
    """

    values: np.ndarray
    sources: list[Source]
    version: str | None = None


def request_sources(contract: Contract, values: np.ndarray) -> list[Source]:
    """The source of each row of (rows, fields): "request" where any history field has a value, else "none"."""
    columns = contract.history_columns
    if is_by_column(values):
        has_history = np.zeros(len(values), bool)
        for column in columns.tolist():
            has_history |= ~np.isnan(values[:, column])
    elif values.flags.f_contiguous:
        has_history = ~np.isnan(values).T.take(columns, axis=0).all(axis=0)
    else:
        has_history = ~np.isnan(values.take(columns, axis=1)).all(axis=1)
    return ["request" if from_request else "none" for from_request in has_history.tolist()]


def undeclared_history(
    applications: Applications, sources: list[Source], has_store: bool, is_none: bool
) -> list[Problem]:
    """A problem for each application without declared history fields that nothing else declares.

    A store declares them for a client with an id and without history in the request, also where it has none. `is_none`,
    the request's word that there is no history, declares them of applications without any: part of a history is sent
    whole, since the store is not asked then.
    """
    return [
        Problem(row, None, _undeclared(names))
        for row, names in applications.undeclared.items()
        if sources[row] == "request" or not (is_none or (has_store and applications.ids[row] is not None))
    ]


def _undeclared(names: Collection[str]) -> str:
    named = ", ".join(sorted(names)[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return (
        f"the client's history was left out: send {named}, with null where there is none; or params.history none for "
        "clients without any; or the client's id, where the server has a history store"
    )
