"""Measurements side by side: every setting in turn, round after round, so that each meets the same noise."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import NamedTuple, TypeVar

from tqdm import tqdm

from benchmarks.load.closed_loop import Load, measure
from steps.run.console import progress

# A server of several workers answers as soon as the first of them can; the others still import.
SETTLING_TIME = 4.0  # seconds

Setting = TypeVar("Setting", bound=Hashable)


@dataclass(frozen=True)
class Plan:
    """The settings to measure, each `rounds` times, `seconds` each time."""

    connections: Sequence[int]
    workers: Sequence[int]
    seconds: float
    rounds: int


class Traffic(NamedTuple):
    """The URL of a server, and the request bodies that it gets in turn."""

    url: str
    bodies: Sequence[bytes]


@dataclass(frozen=True)
class Cell:
    """The loads of one setting by name, measured side by side."""

    row: str
    workers: int
    connections: int
    loads: Mapping[str, Load]


@contextmanager
def running(serve: Mapping[str, Callable[[], AbstractContextManager[str]]]) -> Iterator[dict[str, str]]:
    """Start all servers; their URLs by name, until the block ends."""
    with ExitStack() as stack:
        with progress(f"starting {len(serve)} servers"), ThreadPoolExecutor() as pool:
            urls = list(pool.map(lambda start: stack.enter_context(start()), serve.values()))
            sleep(SETTLING_TIME)
        yield dict(zip(serve, urls, strict=True))


def side_by_side(traffic: Mapping[str, Mapping[str, Traffic]], workers: int, plan: Plan, title: str) -> list[Cell]:
    """A cell for each row of `traffic`, which has it by name, and number of connections."""
    for each in {(each.url, each.bodies[0]): each for row in traffic.values() for each in row.values()}.values():
        measure(each.url, each.bodies, max(plan.connections), 0.0)
    settings = {
        (row, connections, name): partial(measure, each.url, each.bodies, connections, plan.seconds)
        for row, by_name in traffic.items()
        for connections in plan.connections
        for name, each in by_name.items()
    }
    loads = best(settings, plan, title)
    return [
        Cell(row, workers, connections, {name: loads[row, connections, name] for name in by_name})
        for row, by_name in traffic.items()
        for connections in plan.connections
    ]


def best(settings: Mapping[Setting, Callable[[], Load]], plan: Plan, title: str) -> dict[Setting, Load]:
    """The better round of each setting, by throughput: noise of the machine only slows.

    A setting whose median answer takes longer than a round is measured once: that takes long enough.
    """
    loads: dict[Setting, Load] = {}
    with tqdm(total=plan.rounds * len(settings), desc=f"  {title}", unit="load") as bar:
        for _ in range(plan.rounds):
            for setting, measurement in settings.items():
                if setting not in loads or loads[setting].p50 <= 1000 * plan.seconds:
                    load = measurement()
                    loads[setting] = max(load, loads.get(setting, load), key=lambda load: load.rate)
                bar.update()
    return loads
