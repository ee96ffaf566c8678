"""The documents name what is there: entry points, variables, metrics, files."""

import re
from pathlib import Path

import pytest
import yaml

from custom_model.environment import Environment
from custom_model.metrics.counters import Metrics
from custom_model.server.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path.relative_to(PROJECT) for folder in (".", "docs", "data") for path in PROJECT.glob(f"{folder}/*.md")
)


def text(name: object) -> str:
    return (PROJECT / str(name)).read_text("utf-8")


def rows(document: str) -> dict[str, str]:
    """The rows of a document's tables, by the name in code that each begins with."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text(document), re.MULTILINE))


def test_the_readme_tells_every_entry_point_and_its_parameters():
    entries = yaml.safe_load(text("MLproject"))["entry_points"]
    told = rows("README.md")

    for name, entry in entries.items():
        assert set(entry["parameters"]) - set(re.findall(r"`(\w+)`", told[name])) == set(), name


@pytest.mark.parametrize("settings", [Environment, Settings])
def test_every_variable_of_a_server_is_told_with_its_default(settings):
    told = rows("docs/serving.md")

    for name, field in settings.model_fields.items():
        if not field.is_required():
            default = "none" if field.default is None else str(field.default)
            assert told[name.upper()].startswith(default), name


def test_every_metric_is_told():
    told = rows("docs/serving.md")
    exposed = re.findall(r"^# TYPE (\w+)", Metrics("model/1").exposition().decode(), re.MULTILINE)

    assert len(exposed) >= 4
    assert [name for name in exposed if not name.endswith("_created") and name not in told] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", text(document)):
        if not target.startswith("http"):
            file, _, heading = target.partition("#")
            linked = (PROJECT / document.parent / file) if file else PROJECT / document
            assert linked.exists(), target
            assert not heading or heading in headings(linked), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_that_is_named_is_there(document):
    for named in re.findall(r"`((?:steps|custom_model|tests|docs|benchmarks)/[\w/.-]+)`", text(document)):
        assert (PROJECT / named).exists(), named


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub writes them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
