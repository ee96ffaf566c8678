"""The policy's rules that decide in place of the threshold: least information, unusual values, request thresholds."""

from collections.abc import Collection
from functools import cached_property
from itertools import compress
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, Strict

from custom_model.applications import Applications, is_by_column
from custom_model.contract import Contract
from custom_model.ranges import MANY, Extremes, Range, Ranges

Action = Literal["decide", "refuse", "refer"]
HISTORY = "history"
UNUSUAL = "unusual_values"  # the rule's name in policy.yaml and in `policy_rules`


class InformationGroup(BaseModel):
    """A group of fields that an application should have values of.

    Parameters
    ----------
    fields : tuple of str, or "history"
        The fields; "history": all fields that come from the client's past loans.
    least : int
        Number of values from which on the group is not missing.
    otherwise : {"decide", "refer"}
        The decision where the group is missing: the model's own, or referred to a person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: Annotated[tuple[str, ...], Field(min_length=1)] | Literal["history"]
    least: Annotated[int, Strict()] = Field(1, ge=1)
    otherwise: Literal["decide", "refer"] = "decide"


class UnusualValues(BaseModel):
    """What decides where a value lies far outside what training saw, or a category that must be sent is unknown.

    Parameters
    ----------
    otherwise : {"decide", "refuse", "refer"}
        The decision: the model's own, refused, or referred to a person.
    beyond : float
        Distance from which on it applies, as in `Ranges`: training saw -1 to 1, and at 1.0 it applies below -3 and
        above 3; it saw 1 to 5, and it applies below 0.5 and above 9.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    otherwise: Action = "decide"
    beyond: Annotated[float, Strict()] = Field(1.0, ge=0)


class Rules(BaseModel):
    """The rules of one policy, as they travel in the model.

    Parameters
    ----------
    least_information : dict of str to InformationGroup
        By name, which an answer's `missing` repeats.
    unusual_values : UnusualValues
        For values that training never saw.
    request_threshold : {"simulate", "allow", "forbid"}
        A request's own threshold simulates, decides on record, or is an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_information: dict[str, InformationGroup] = {}
    unusual_values: UnusualValues = UnusualValues()
    request_threshold: Literal["simulate", "allow", "forbid"] = "simulate"


class Findings(NamedTuple):
    """What the rules find about one application: its missing groups, its unusual fields, and the rules that decide.

    `fired` has "rule: cause" for each rule that decides in place of the threshold, and `action` is the strictest.
    """

    missing: list[str]
    unusual: list[str]
    fired: list[str]
    action: Action = "decide"


NOTHING = Findings([], [], [])  # of most applications: nobody changes findings


class RuleBook:
    """The rules for the applications of one contract.

    Parameters
    ----------
    contract : Contract
        The fields; a group's fields that it lacks are ignored.
    rules : Rules
        The policy's.
    ranges : dict of str to Range
        Ranges of the numeric fields.
    used : collection of str, optional
        The fields that the model uses: an unusual value of another decides nothing. By default all.
    """

    def __init__(self, contract: Contract, rules: Rules, ranges: dict[str, Range], used: Collection[str] | None = None):
        self._contract = contract
        self._used = frozenset(contract.fields if used is None else used)
        self.rules = rules
        self.ranges = Ranges(contract, ranges, rules.unusual_values.beyond)

    def findings(self, applications: Applications, extremes: Extremes | None = None) -> list[Findings]:
        """The findings on each application, completed with its history; those of one kind may share an object.

        `extremes` of the values, where they are known already, save a look at all of them.
        """
        names, lacking = self._lacking(applications.values)
        unusual, far = self.ranges.unusual(applications.values, extremes)
        findings = [NOTHING] * len(lacking)
        # Rows that lack the same groups, and nothing else, have the same findings: most that have any.
        of_kind: dict[bytes, Findings] = {}
        rows = np.flatnonzero(lacking.any(axis=1)).tolist()
        for row, kind in zip(rows, _kinds(lacking[rows]), strict=True):
            if kind not in of_kind:
                of_kind[kind] = self._finding([*compress(names, lacking[row].tolist())], [], [])
            findings[row] = of_kind[kind]
        for row in {*unusual, *applications.unknown}:
            deciding = self._deciding(far.get(row, []), applications.unknown.get(row, []))
            findings[row] = self._finding(findings[row].missing, unusual.get(row, []), deciding)
        return findings

    def _finding(self, missing: list[str], unusual: list[str], far: list[str]) -> Findings:
        actions: list[Action] = []
        fired: list[str] = []
        for name in missing:
            if self.rules.least_information[name].otherwise == "refer":
                fired.append(f"least_information: {name}")
                actions.append("refer")
        action = self.rules.unusual_values.otherwise
        if far and action != "decide":
            fired += [f"{UNUSUAL}: {name}" for name in far]
            actions.append(action)
        strictest: Action = "refuse" if "refuse" in actions else "refer" if actions else "decide"
        return Findings(missing, unusual, fired, strictest)

    def _lacking(self, values: np.ndarray) -> tuple[list[str], np.ndarray]:
        """The groups' names, and (rows, groups) booleans: fewer values than the policy's least."""
        names, membership, least = self._groups
        if len(values) < MANY:
            return names, (~np.isnan(values)).astype(np.float32) @ membership < least
        # A product of more is computed by threads, which wait for the next one on the cores of those that score.
        counts = np.zeros((len(values), len(names)), np.int32, order="F")
        groups = [np.flatnonzero(each) for each in membership.T]
        if is_by_column(values):
            for group, columns in enumerate(groups):
                for column in columns.tolist():
                    counts[:, group] += ~np.isnan(values[:, column])
        else:
            present = ~np.isnan(values).T
            for group, columns in enumerate(groups):
                counts[:, group] = present[columns].sum(axis=0, dtype=np.int32)
        return names, counts < least

    def _deciding(self, far: list[str], unknown: list[str]) -> list[str]:
        """The used fields with a value far outside, or an unknown category where the application must have one."""
        return [
            *(name for name in far if name in self._used),
            *(name for name in unknown if name in self._used and name in self._must_send),
        ]

    @cached_property
    def _must_send(self) -> frozenset[str]:
        return frozenset({*self._contract.required, *self._contract.declared})

    @cached_property
    def _groups(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """The groups that the contract has fields of: names, (fields, groups) membership, least numbers of values.

        Of few rows a product with the membership counts the values by group faster than a sum for each group.
        """
        names, least = list[str](), list[int]()
        membership = np.zeros((len(self._contract.fields), len(self.rules.least_information)), np.float32)
        for name, group in self.rules.least_information.items():
            fields = self._contract.history if group.fields == HISTORY else group.fields
            columns = [self._contract.column_of[each] for each in {*fields} if each in self._contract.column_of]
            if columns:
                membership[columns, len(names)] = 1
                names.append(name)
                least.append(min(group.least, len(columns)))
        return names, membership[:, : len(names)], np.array(least)


def _kinds(lacking: np.ndarray) -> list[bytes]:
    """Each row of (rows, groups) booleans as bytes, equal where the rows are: nothing is collected among bytes."""
    if not lacking.size:
        return []
    return np.ascontiguousarray(lacking).view(f"V{lacking.shape[1]}")[:, 0].tolist()
