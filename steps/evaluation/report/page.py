"""The report as one HTML page that refers to nothing outside itself."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from steps.evaluation.report.document import Block, Finding, Paragraph, Picture, Pictures, Shown
from steps.evaluation.report.report import Report
from steps.run.backticks import with_code
from steps.run.printable import printable

TEMPLATE = "page.html.j2"


@dataclass(frozen=True)
class Drawn(Picture):
    """A picture with its bytes as a data URI."""

    source: str = ""


def render(report: Report, pictures: Pictures) -> str:
    """The page: the figures of the report and the pictures that were drawn."""
    return render_page(f"Report on {report.facts.model}", report.facts.summary, report.shown(), pictures)


def render_page(title: str, summary: Sequence[tuple[str, str]], shown: Iterable[Shown], pictures: Pictures) -> str:
    """A page of these sections, headed by `summary`, pairs of a name and a fact, and by what the sections warn of.

    Every text is escaped and printable: names of columns and of their values are the lender's, who need not have
    written them.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_code"] = lambda text: with_code(printable(text))
    sections = [_drawn(section, pictures) for section in shown]
    return environment.get_template(TEMPLATE).render(
        title=title,
        summary=summary,
        findings=list(_findings(sections)),
        sections=sections,
    )


def _findings(sections: list[Shown]) -> Iterator[Finding]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Paragraph) and block.is_warning:
                yield Finding(block.text, section.title, section.anchor)


def _drawn(section: Shown, pictures: Pictures) -> Shown:
    """The section with its pictures, without those that were not drawn."""
    blocks: list[Block] = [
        _picture(block, pictures[block.name]) if isinstance(block, Picture) else block
        for block in section.blocks
        if not isinstance(block, Picture) or block.name in pictures
    ]
    return replace(section, blocks=blocks)


def _picture(picture: Picture, png: bytes) -> Drawn:
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Drawn(picture.name, picture.alternative, picture.caption, picture.size, source)
