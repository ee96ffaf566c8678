"""The counter-offer: how far the loan may move, and the application at a place between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custom_model.alternatives import Move
from custom_model.decisions import Decision
from desk.served import Version

SHARE = "share."  # of the name of a slider, before its field


@dataclass(frozen=True)
class Slider:
    """A field of the loan that may move.

    Attributes
    ----------
    field : str
        That moves, such as AMT_CREDIT; `follows` move in proportion.
    asked : float
        What the client asked for.
    lowest, highest, step, at : float
        Of the slider, in percent of that; `at` is where it stands: at the smallest change that is granted.
    offered : dict of str to float, or None
        The values of that change; None where no step is granted.
    """

    field: str
    follows: tuple[str, ...]
    asked: float
    lowest: float
    highest: float
    step: float
    at: float
    offered: dict[str, float] | None


def sliders(
    version: Version, application: Mapping[str, Any], decision: Decision, form: Mapping[str, str]
) -> list[Slider]:
    """A slider for each field that the policy lets move and that the application has; none unless it is refused.

    Each stands where the form has it.
    """
    if decision["decision"] != "refused":
        return []
    offers = {each["field"]: each["values"] for each in decision.get("alternatives", [])}
    moves = version.scorecard.alternatives
    return [
        _slider(name, move, float(application[name]), offers.get(name), form.get(SHARE + name, ""))
        for name, move in moves.items()
        if isinstance(application.get(name), int | float) and application[name] > 0
    ]


def moved(version: Version, application: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The application with the loan at the form's sliders; raises `ValueError` for a place beyond the policy's."""
    changed = dict(application)
    for name, move in version.scorecard.alternatives.items():
        text = form.get(SHARE + name, "")
        if not text or not isinstance(application.get(name), int | float):
            continue
        percent = _within(text, move)
        if percent is None:
            raise ValueError(name)
        for field in (name, *move.in_proportion):
            if isinstance(application.get(field), int | float):
                whole = version.scorecard.ranges[field].whole if field in version.scorecard.ranges else False
                changed[field] = round(application[field] * percent / 100, 0 if whole else move.decimals)
    return changed


def _slider(name: str, move: Move, asked: float, offered: dict[str, float] | None, at: str) -> Slider:
    lowest, highest = _bounds(move)
    step = (highest - lowest) / move.steps
    smallest = 100.0 if offered is None else lowest + step * round((100 * offered[name] / asked - lowest) / step)
    return Slider(name, move.in_proportion, asked, lowest, highest, step, _within(at, move) or smallest, offered)


def _within(text: str, move: Move) -> float | None:
    """The percent that a form has, None for what is no place of the slider."""
    lowest, highest = _bounds(move)
    try:
        return percent if lowest <= (percent := float(text)) <= highest else None
    except ValueError:
        return None


def _bounds(move: Move) -> tuple[float, float]:
    return (100.0, 100.0 * (1 + move.higher)) if move.higher is not None else (100.0 * (1 - (move.lower or 0)), 100.0)
