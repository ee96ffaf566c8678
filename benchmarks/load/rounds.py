"""Measuring side by side: every setting in turn, round after round, so that each meets the same noise."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import NamedTuple

from tqdm import tqdm

from benchmarks.load.closed_loop import Load, measure
from steps.run.console import progress

# A server of several workers answers as soon as the first of them can; the others still import.
SETTLED_AFTER = 4.0  # seconds


@dataclass(frozen=True)
class Plan:
    """What to measure: each setting `rounds` times, `seconds` each time."""

    connections: Sequence[int]
    workers: Sequence[int]
    seconds: float
    rounds: int


class Ask(NamedTuple):
    """Which server gets which requests, in turn."""

    url: str
    bodies: Sequence[bytes]


@dataclass(frozen=True)
class Cell:
    """One setting in which all that can be compared was measured side by side, by name."""

    row: str
    workers: int
    connections: int
    loads: Mapping[str, Load]


@contextmanager
def running(serve: Mapping[str, Callable[[], AbstractContextManager[str]]]) -> Iterator[dict[str, str]]:
    """The URLs of all these servers by name; all run until the block ends."""
    with ExitStack() as stack:
        with progress(f"starting {len(serve)} servers"), ThreadPoolExecutor() as pool:
            urls = list(pool.map(lambda start: stack.enter_context(start()), serve.values()))
            sleep(SETTLED_AFTER)
        yield dict(zip(serve, urls, strict=True))


def side_by_side(asks: Mapping[str, Mapping[str, Ask]], workers: int, plan: Plan, title: str) -> list[Cell]:
    """A cell for each row of `asks`, which has them by name, and number of connections."""
    for ask in {(ask.url, ask.bodies[0]): ask for row in asks.values() for ask in row.values()}.values():
        measure(ask.url, ask.bodies, max(plan.connections), 0.0)
    settings = {
        (row, connections, name): partial(measure, ask.url, ask.bodies, connections, plan.seconds)
        for row, by_name in asks.items()
        for connections in plan.connections
        for name, ask in by_name.items()
    }
    loads = best(settings, plan, title)
    return [
        Cell(row, workers, connections, {name: loads[row, connections, name] for name in by_name})
        for row, by_name in asks.items()
        for connections in plan.connections
    ]


def best(settings: Mapping[Hashable, Callable[[], Load]], plan: Plan, title: str) -> dict[Hashable, Load]:
    """The better round of each setting, by throughput: whatever else runs on the machine only slows.

    What needs longer for one answer than a round lasts is measured once: it takes long enough.
    """
    found: dict[Hashable, Load] = {}
    with tqdm(total=plan.rounds * len(settings), desc=f"  {title}", unit="load") as bar:
        for _ in range(plan.rounds):
            for setting, measured in settings.items():
                if setting not in found or found[setting].p50 <= 1000 * plan.seconds:
                    load = measured()
                    found[setting] = max(load, found.get(setting, load), key=lambda load: load.rate)
                bar.update()
    return found
