"""Broken feeds: what a window lacks, repeats, or brings in another unit, and what to do."""

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from custom_model.meanings import Meaning
from custom_model.rules import HISTORY
from steps.evaluation.groups import SMALLEST_GROUP
from steps.monitoring.alarms import Alarm
from steps.monitoring.drift.sampled import Sampled
from steps.monitoring.drift.units import unit_of
from steps.monitoring.observed import Observed, ObservedField
from steps.monitoring.reference import FieldReference, Reference
from steps.monitoring.report.feeds import Feeds
from steps.run.console import counted, listed
from steps.run.monitoring_limits import MonitoringLimits
from steps.run.printable import printable
from steps.tables.aggregation import history_meanings
from steps.tables.feature_in_words import in_words
from steps.tables.recipes import RECIPES

BY_CHANCE = 1e-6  # of the reference's clients: what is rarer is a broken feed
FEED, NONE = "feed", "none"
NAMED, NOTED = 5, 10
LONGEST_NAME = 60  # characters of a name that a sender wrote


def feeds(
    reference: Reference,
    observed: Observed,
    limits: MonitoringLimits,
    repeats_raised: bool,
    meanings: Mapping[str, Meaning] | None = None,
) -> Feeds:
    """The broken feeds of a window of `least_decisions` requests or more.

    That a field is missing in each request, or has one value, is a broken feed where chance would do so to fewer than
    one window of the reference's clients in a million. All fields of a history table are one feed, and so is history.

    Parameters
    ----------
    reference, observed, limits
        As for `compare`.
    repeats_raised
        Whether more requests are repeated than tolerated, beyond doubt: the verdict on `Comparisons.repeats`.
    meanings
        Of the fields, by name.
    """
    requests = int((~observed.erased).sum())
    notes = [*_unreadable(observed), *_unknown(observed)]
    if requests < limits.least_decisions:
        return Feeds(requests=requests, is_tested=False, broken=[], notes=notes)
    silent = {name for name, field in reference.fields.items() if is_silent(field, observed.fields[name])}
    broken = [
        *_missing(reference, observed, silent, meanings or {}),
        *_constant(reference, observed, meanings or {}),
        *_units(reference, observed, meanings or {}),
    ]
    if repeats_raised:
        broken.append(_repeated(reference, observed, requests))
    return Feeds(requests=requests, is_tested=True, broken=broken, notes=notes)


@cache
def table_of() -> Mapping[str, str]:
    """The history table of each history feature of Home Credit's tables."""
    prefixes = {f"{recipes.prefix}_": name for name, recipes in RECIPES.items()}
    return {
        name: next(table for prefix, table in prefixes.items() if name.startswith(prefix))
        for name in history_meanings()
    }


def silent_tables(reference: Reference, observed: Observed) -> dict[str, list[str]]:
    """The fields of each history table of which no request of the window has any, by the table's name."""
    found: dict[str, list[str]] = {}
    for name in reference.fields:
        if name in table_of():
            found.setdefault(table_of()[name], []).append(name)
    return {
        table: names
        for table, names in found.items()
        if all(_known(observed.fields[name].counts) == 0 for name in names)
        and any(is_silent(reference.fields[name], observed.fields[name]) for name in names)
    }


def _known(counts: np.ndarray) -> int:
    return int(counts[:-1].sum())


def is_silent(field: FieldReference, now: ObservedField) -> bool:
    """Whether a field is missing in all requests, which chance does not do."""
    requests, missing = int(now.counts.sum()), field.counts[-1] / max(field.counts.sum(), 1)
    return requests > 0 and _known(now.counts) == 0 and missing**requests < BY_CHANCE


def _missing(
    reference: Reference, observed: Observed, silent: set[str], meanings: Mapping[str, Meaning]
) -> Iterator[Alarm]:
    tables = silent_tables(reference, observed)
    sources = set(observed.history[~observed.erased].tolist())
    in_tables = {name for names in tables.values() for name in names}
    if sources == {NONE} and silent & in_tables:
        yield Alarm(
            FEED,
            "No request of the window comes with history, neither its own nor of the history store",
            "see that the history store is reachable and published, HISTORY_STORE_URI is set, and requests have the "
            "client's id",
        )
    else:
        for table, names in tables.items():
            yield Alarm(
                FEED,
                f"The history table {table} is empty: all {counted(len(names), 'field')} of it are missing in every "
                "request",
                f"see that the export of {table} arrived whole, and publish the history store again",
            )
    alone = [name for name in reference.fields if name in silent - in_tables]
    if alone:
        yield Alarm(
            FEED,
            f"{counted(len(alone), 'field')} missing in every request, and known in the reference: "
            f"{_listed(alone, meanings)}",
            "see that those who send the applications still send them, under these names",
        )


def _constant(reference: Reference, observed: Observed, meanings: Mapping[str, Meaning]) -> Iterator[Alarm]:
    names = [
        name
        for name, field in reference.fields.items()
        if name != HISTORY and _is_constant(field, observed.fields[name])
    ]
    if names:
        yield Alarm(
            FEED,
            f"{counted(len(names), 'field')} with the same value in every request that has one, and with others in the "
            f"reference: {_listed(names, meanings)}",
            "see whether a default is sent in place of what the client stated",
        )


def _is_constant(field: FieldReference, now: ObservedField) -> bool:
    """Whether all known values are one, which chance does not do."""
    known, known_then = _known(now.counts), _known(field.counts)
    filled = np.flatnonzero(now.counts[:-1])
    if len(filled) != 1 or known_then == 0 or (field.bins.is_number and now.least != now.greatest):
        return False
    if filled[0] == field.bins.other and len(now.unseen or {}) != 1:
        return False
    return bool((field.counts[filled[0]] / known_then) ** known < BY_CHANCE)


def _units(reference: Reference, observed: Observed, meanings: Mapping[str, Meaning]) -> Iterator[Alarm]:
    sampled = Sampled(observed.sample)
    for name, field in reference.fields.items():
        if not field.bins.is_number or not len(sampled):
            continue
        factor = unit_of(sampled.numbers(name), field)
        if factor is not None:
            yield Alarm(
                FEED,
                f"{_listed([name], meanings)} comes multiplied by {_factor(factor)}: divided by it, the values of the "
                "window fit the reference",
                "see in which unit those who send the applications send it; decisions by such values are to be made "
                "again",
            )


def _factor(factor: float) -> str:
    size = abs(factor)
    text = f"{size:,.6g}" if size >= 1 else f"1/{1 / size:,.6g}"
    return f"-{text}" if factor < 0 else text


def _repeated(reference: Reference, observed: Observed, requests: int) -> Alarm:
    now = (observed.repeats & ~observed.erased).sum() / requests
    then = reference.repeated / max(reference.clients, 1)
    return Alarm(
        FEED,
        f"{now:.1%} of the requests equal an earlier one of the window in all fields, of the reference's clients "
        f"{then:.1%}",
        "see whether a file was sent twice; a repeated request needs its first Idempotency-Key",
    )


def _unreadable(observed: Observed) -> Iterator[str]:
    if observed.unreadable:
        worst = sorted(observed.unreadable.items(), key=lambda each: (-each[1], each[0]))
        yield "Values that are none of the field's kind, and count as missing, in requests: " + _numbered(worst)


def _unknown(observed: Observed) -> Iterator[str]:
    # A sender that writes values in place of names would have a client's on the page.
    named = {name: count for name, count in observed.unknown_fields.items() if count >= SMALLEST_GROUP}
    worst = sorted(named.items(), key=lambda each: (-each[1], each[0]))
    others = [f"others in fewer than {SMALLEST_GROUP} each"] if len(named) < len(observed.unknown_fields) else []
    if worst or others:
        yield "Names that the contract lacks, in requests: " + "; ".join(
            [*([_numbered(worst)] if worst else []), *others]
        )


def _numbered(counts: list[tuple[str, int]]) -> str:
    return listed([f"{printable(name[:LONGEST_NAME])} ({count:,})" for name, count in counts], NOTED)


def _listed(names: list[str], meanings: Mapping[str, Meaning]) -> str:
    return listed([f"{in_words(name, meanings)} [{name}]" for name in names], NAMED)
