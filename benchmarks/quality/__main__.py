"""Quality of the model, and the value of each of its parts: the tables of docs/RESULTS.md."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.quality.sections import SECTIONS, directions, sections
from benchmarks.quality.subject import overall, read_subject, sample_subject
from benchmarks.report import Table, as_markdown, as_text, machine
from benchmarks.temporary_store import temporary_store
from steps.features import feature_table
from steps.run.console import UserError, run
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET

HEAD = """\
Out of fold: mean and deviation over five folds; differences are paired by fold, with intervals of the corrected
resampled t-test (Nadeau and Bengio 2003). Held out: one client in five, seen by no training, tuning or selection of
features; intervals are bootstrapped. A cost is the mean cost of a decision at the closed-form threshold. Times of a
score and of its reasons: median of 300 clients, one at a time, in this process, on one thread."""


class Page:
    """The page in progress: each part is printed at once, and written to a file at the end."""

    def __init__(self, head: str):
        self.parts = [head]

    def add(self, part: Table | str) -> None:
        print("\n" + (part if isinstance(part, str) else as_text(part)) + "\n", flush=True)
        self.parts.append(part if isinstance(part, str) else as_markdown(part))

    def write(self, out: Path) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(self.parts) + "\n", "utf-8")


def main(
    clients: Annotated[int, typer.Option(min=0, help="Generated clients for the sections; 0: none.")] = 20_000,
    section: Annotated[list[str], typer.Option(help=f"One of {', '.join(SECTIONS)}; repeatable.")] = SECTIONS,
    trials: Annotated[int, typer.Option(min=1, help="Trials of the study in the section `tuned`.")] = 40,
    full: Annotated[
        int, typer.Option(min=0, help="Generated clients for one more model, overall figures only; 0: none.")
    ] = 0,
    real: Annotated[
        Path | None, typer.Option(help="Folder of real tables: overall figures, and the section `monotonic`.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
) -> None:
    """Measure the model's quality, and the value of each of its parts.

    Example: python -m benchmarks.quality --clients 10000 --section protected --section bag
    """
    unknown = [name for name in section if name not in SECTIONS]
    if unknown:
        raise UserError(f"section: expected values of {', '.join(SECTIONS)}, got {', '.join(unknown)}")
    policy = read_policy()
    page = Page(
        f"# Results\n\n{HEAD}\n\n{machine()}.\n\n    {' '.join(['python -m benchmarks.quality', *sys.argv[1:]])}"
    )
    with temporary_store(Settings()) as (folder, settings):
        if full:
            page.add(sample_subject(full, folder / "full", policy, settings)[1])
        if real:
            table = feature_table(str(real), TARGET, ID, Engine.duckdb, settings)
            subject = read_subject(f"Real sample {real.name}", table, policy, settings)
            page.add(overall(subject, policy, None))
            if "monotonic" in section:
                page.add(directions(subject, policy))
        if clients:
            subject, figures = sample_subject(clients, folder / "parts", policy, settings)
            page.add(figures)
            measurements = sections(subject, policy, trials, folder)
            for name in section:
                for part in measurements[name]():
                    page.add(part)
    if out:
        page.write(out)


if __name__ == "__main__":
    run(main)
