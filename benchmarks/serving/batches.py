"""Many applications in one request: the server's time against the booster's own for the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

import lightgbm as lgb
import numpy as np

from benchmarks.load.closed_loop import Load, measure
from benchmarks.load.connection import JSON, PARQUET
from benchmarks.load.rounds import Plan, best, running
from benchmarks.report import Findings, Goal, Table, multiple, three_digits
from benchmarks.serving.contenders import Row, decisions_body, parquet_body, split_body
from benchmarks.serving.subject import Subject
from custom_model.costs import is_refused
from custom_model.scorer import THREADS
from custom_model.server.settings import share_of_cores
from steps.run.serving import hardened_server

SIZES = (1, 10, 100, 1_000)
LARGE = 1_000  # rows
BOOSTER = "the booster alone"
NONE, REFUSED = "none", "refused"
ONE_THREAD = ", one thread"  # scores the rows, in place of one for each core
INPUTS, SPLIT, PARQUET_FORM = "inputs", "dataframe_split", "Parquet"
MOST = {INPUTS: 5, SPLIT: 2.5, PARQUET_FORM: 2}  # multiple of the booster's own time
MOST_WITH_REASONS = 1.2  # multiple of the time without

Request = int | str  # so many rows as inputs, or a form of the most rows
Setting = tuple[Request, str]  # and what is explained, by `ONE_THREAD` or not, or the booster

KEYS: dict[str, Request] = {INPUTS: LARGE, SPLIT: SPLIT, PARQUET_FORM: PARQUET_FORM}  # of each form of the most rows


def measure_batches(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """One connection to the hardened server, without reasons and with those of refused clients, the default."""
    rows = subject.applications(max(SIZES))
    matrix = subject.matrix(rows)
    servers = {
        "": partial(hardened_server, subject.uri, SCORING_THREADS=str(share_of_cores(1))),
        ONE_THREAD: partial(hardened_server, subject.uri, SCORING_THREADS="1"),
    }
    with running(servers) as urls:
        settings: dict[Setting, Callable[[], Load]] = {}
        for size in SIZES:
            for reasons in (NONE, REFUSED):
                body = decisions_body(rows[:size], reasons)
                settings[size, reasons] = partial(measure, urls[""], [body], 1, plan.seconds)
            settings[size, BOOSTER] = partial(own_time, subject.booster, matrix[:size], plan.seconds)
        largest = len(body)
        for form, media_type, query, reasons, body in _forms(rows):
            for threads, url in urls.items():
                run = partial(measure, url, [body], 1, plan.seconds, media_type=media_type, query=query)
                settings[form, f"{reasons}{threads}"] = run
        loads = best(settings, plan, "batches")
    probabilities = np.asarray(subject.decider.scorer.probabilities(matrix))
    refused = int(is_refused(probabilities, subject.decider.scorecard.costs.threshold).sum())
    notes = (
        f"One connection, one worker; up to {share_of_cores(1)} threads score many rows, but where one does.\n"
        f"The booster alone: `booster.predict(matrix, raw_score=True, num_threads={THREADS})` of the same rows in\n"
        f"this process. As inputs {len(rows):,} rows have {largest / 2**20:.1f} MB.\n"
        f"{refused} of them are refused, which explains them by default. Parquet has its params in the query."
    )
    return Findings([batches_table(loads), forms_table(loads)], notes, goals(loads))


def _forms(rows: Sequence[Row]) -> Iterator[tuple[Request, str, str, str, bytes]]:
    """Each form of the most rows: its key, media type, query, what is explained, and its body."""
    for reasons in (NONE, REFUSED):
        yield LARGE, JSON, "", reasons, decisions_body(rows, reasons)
        yield SPLIT, JSON, "", reasons, split_body(rows, reasons)
        yield PARQUET_FORM, PARQUET, f"reasons={reasons}&history=none", reasons, parquet_body(rows)


def own_time(booster: lgb.Booster, matrix: np.ndarray, seconds: float) -> Load:
    """The booster's time for the rows, over calls one after the other for `seconds`."""
    latencies: list[float] = []
    start = perf_counter()
    while (now := perf_counter()) - start < seconds or not latencies:
        booster.predict(matrix, raw_score=True, num_threads=THREADS)
        latencies.append(perf_counter() - now)
    return Load.of(latencies, perf_counter() - start)


def batches_table(loads: Mapping[Setting, Load]) -> Table:
    """Time and rows a second for each size, and the multiple of the booster's own time."""
    rows = []
    for size in sorted({size for size, _ in loads if isinstance(size, int)}):
        row = [f"{size:,}", three_digits(loads[size, BOOSTER].p50)]
        for reasons in (NONE, REFUSED):
            row += _cells(loads, size, size, reasons)
        rows.append(row)
    header = ["rows", "booster, ms"]
    for reasons in (NONE, REFUSED):
        header += [f"reasons {reasons}: ms", "rows/s", "booster's time"]
    return Table("Many rows in one request: the hardened server, all fields", header, rows)


def forms_table(loads: Mapping[Setting, Load]) -> Table:
    """The same for the most rows in each form."""
    rows = [
        [form, reasons, *_cells(loads, key, LARGE, reasons)]
        for form, key in KEYS.items()
        for reasons in (NONE, f"{NONE}{ONE_THREAD}", REFUSED, f"{REFUSED}{ONE_THREAD}")
    ]
    return Table(f"{LARGE:,} rows by form", ["form", "reasons", "ms", "rows/s", "booster's time"], rows)


def goals(loads: Mapping[Setting, Load]) -> list[Goal]:
    """A large request costs little more than its scores, and its reasons little more, by several threads and by one."""
    found = [
        Goal(
            f"hardened, {LARGE:,} rows as {form} to the booster's own time, p50",
            MOST[form],
            {f"reasons {each}": _to_booster(loads, key, LARGE, each) for each in (NONE, f"{NONE}{ONE_THREAD}")},
            is_minimum=False,
        )
        for form, key in KEYS.items()
    ]
    with_reasons = {
        f"as {form}{threads}": loads[key, f"{REFUSED}{threads}"].p50 / loads[key, f"{NONE}{threads}"].p50
        for form, key in KEYS.items()
        for threads in ("", ONE_THREAD)
    }
    name = f"hardened, {LARGE:,} rows with the reasons of the refused to the same without, p50"
    return [*found, Goal(name, MOST_WITH_REASONS, with_reasons, is_minimum=False)]


def _cells(loads: Mapping[Setting, Load], key: Request, size: int, reasons: str) -> list[str]:
    load = loads[key, reasons]
    return [
        three_digits(load.p50),
        three_digits(size * load.rate),
        multiple(_to_booster(loads, key, size, reasons)),
    ]


def _to_booster(loads: Mapping[Setting, Load], key: Request, size: int, reasons: str) -> float:
    return loads[key, reasons].p50 / loads[size, BOOSTER].p50
