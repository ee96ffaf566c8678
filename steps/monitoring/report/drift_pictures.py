"""Pictures of the drift: PSI of the fields, and the shares by bin of those that drift most."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steps.evaluation.report.document import number
from steps.monitoring.bins import Bins
from steps.monitoring.drift.comparisons import Compared, Comparisons, score_bins
from steps.monitoring.reference import Reference
from steps.monitoring.report.drift import SORTED, WORST, Drift, short_number
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, head, plain, style

PANELS, ACROSS = 6, 3
BARS = 60  # fields whose PSI is drawn
LEVELS = 12  # of a category that are drawn; the rest are one
TICKS = 6
LONGEST = 28  # characters of a name over a panel, and of a level half of that
SCORE_WORDS = "probability of default"


def drift_pictures(drift: Drift, comparisons: Comparisons, reference: Reference, caption: str) -> dict[str, Figure]:
    """The pictures by name, as far as anything was compared; `caption` says which model and window they are of."""
    if not drift.fields:
        return {}
    return {SORTED: _sorted(drift, caption), WORST: _worst(drift, comparisons, reference, caption)}


def _sorted(drift: Drift, caption: str) -> Figure:
    figure, axes = blank("PSI of the fields, the largest first", "field", "PSI (logarithmic)", caption=caption)
    shown = sorted(drift.fields, key=lambda each: -each.psi)[:BARS]
    for raised, colour, label in ((True, ORANGE, "raises an alarm"), (False, BLUE, "raises none")):
        bars = [(place, each.psi) for place, each in enumerate(shown, 1) if each.raised == raised]
        if bars:
            places, heights = zip(*bars, strict=True)
            axes.bar(places, np.maximum(heights, 1e-6), color=colour, label=label)
    by_chance = [each.by_chance for each in shown]
    axes.plot(range(1, len(shown) + 1), by_chance, ".", color=GREY, label="by chance, in 95 of 100 windows")
    if drift.tolerated_psi:
        axes.axhline(drift.tolerated_psi, color="black", linewidth=1, label=f"tolerated: {drift.tolerated_psi:g}")
    axes.set_yscale("log")
    axes.set_ylim(bottom=min(1e-3, drift.tolerated_psi or 1e-3))
    axes.legend(fontsize=8)
    return figure


def _worst(drift: Drift, comparisons: Comparisons, reference: Reference, caption: str) -> Figure:
    """The score and the fields of largest drift, in the reference and in the window."""
    compared = {each.pair.name: each for each in comparisons.window if each.subject == "field"}
    panels = [(each, SCORE_WORDS, score_bins(reference)[0]) for each in comparisons.window if each.subject == "score"]
    panels += [(compared[each.name], each.name, reference.fields[each.name].bins) for each in drift.fields]
    panels = panels[:PANELS]
    down = -(-len(panels) // ACROSS)
    figure = Figure(figsize=(11, 3.2 * down), layout="constrained")
    for place, (each, name, bins) in enumerate(panels, 1):
        axes = figure.add_subplot(down, ACROSS, place)
        style(axes, "", "share (%)" if place % ACROSS == 1 else "")
        axes.set_title(plain(f"{_short(name, LONGEST)}: PSI {number(each.shift.psi, 3)}"), fontsize=9)
        _draw(axes, each, bins)
        if place == 1:
            axes.legend(fontsize=8)
    head(figure, "Shares by bin in the reference and in the window", caption)
    return figure


def _draw(axes: Axes, compared: Compared, bins: Bins) -> None:
    labels, places = _labels(compared, bins)
    at = np.arange(len(labels))
    at[-1] += 1  # a gap: the bin beside it is not taken for the missing
    for counts, colour, label, shift in (
        (compared.pair.reference, BLUE, "reference", -0.2),
        (compared.pair.window, ORANGE, "window", 0.2),
    ):
        shares = 100 * np.bincount(places, weights=counts, minlength=len(labels)) / counts.sum()
        axes.bar(at + shift, shares, width=0.4, color=colour, label=label)
    known = np.arange(len(at) - 1)
    if len(known) > TICKS:
        known = np.unique(np.round(np.linspace(0, len(known) - 1, TICKS)).astype(int))
    shown = [*known.tolist(), len(at) - 1]
    axes.set_xticks(at[shown], [plain(labels[each]) for each in shown], fontsize=7, rotation=30, ha="right")


def _labels(compared: Compared, bins: Bins) -> tuple[Sequence[str], np.ndarray]:
    """Labels of what is drawn, and the place of each bin among them."""
    if bins.edges is not None:
        return [*_intervals(bins.edges), "missing"], np.arange(bins.size)
    common = np.argsort(-(compared.pair.window + compared.pair.reference)[: len(bins.levels)], kind="stable")[:LEVELS]
    names = [_short(bins.levels[place], LONGEST // 2) for place in common]
    places = np.full(bins.size, len(names))
    places[common] = np.arange(len(names))
    places[bins.missing] = len(names) + 1
    return [*names, "other", "missing"], places


def _intervals(edges: Sequence[float]) -> Iterator[str]:
    """A label of each interval; a single value, up to the next greater float, is that."""
    if not edges:
        yield "any"
        return
    yield f"below {short_number(edges[0])}"
    for place, edge in enumerate(edges):
        if place + 1 < len(edges) and edges[place + 1] == np.nextafter(edge, np.inf):
            yield short_number(edge)
        elif place and edge == np.nextafter(edges[place - 1], np.inf):
            yield f"above {short_number(edges[place - 1])}"
        else:
            yield f"from {short_number(edge)}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
