"""The documents are complete and correct: entry points, variables, metrics, links, paths, modules."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from custom_model.environment import Environment
from custom_model.metrics.counters import Metrics
from custom_model.server.settings import Settings
from desk.settings import DeskSettings
from steps.comparison.families import FAMILIES
from steps.tables import messages

PROJECT = Path(__file__).resolve().parents[2]
PLACES = (".", "data", "docs", *(f"docs/{kind}" for kind in ("tutorials", "how-to", "reference", "explanation")))
DOCUMENTS = sorted(path.relative_to(PROJECT) for folder in PLACES for path in PROJECT.glob(f"{folder}/*.md"))
FOLDERS = "steps|custom_model|benchmarks|testing|tests|docs|deploy|notebooks|reference|\\.ci"
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w/.*-]*")
FILES = re.compile(r"(?<![\w./-])(?:MLproject|Makefile|data/README\.md|[\w.-]+\.(?:toml|lock)|[A-Z]+\.md)(?![\w/])")
TARGET = re.compile(r"\]\([^)\s]+\)")
MODULE = re.compile(r"python -m ((?:steps|custom_model|desk|benchmarks|reference)[\w.]*\w)")
ENTRY = re.compile(r"(?:mlflow run \. |`)-e ([a-z]\w*)")  # not docker's variables
LAWS, READINGS = "docs/laws.md", "How each was read"
OFFICIAL = "eur-lex.europa.eu|www.ecfr.gov|uscode.house.gov|www.federalreserve.gov|www.bankofengland.co.uk"


def text(name: object) -> str:
    return (PROJECT / str(name)).read_text("utf-8")


def rows(document: str) -> dict[str, str]:
    """The rows of a document's tables, by the name in code that each begins with."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text(document), re.MULTILINE))


def test_the_reference_has_every_entry_point_with_its_parameters():
    entries = yaml.safe_load(text("MLproject"))["entry_points"]
    documented = rows("docs/reference/entry-points.md")

    for name, entry in entries.items():
        assert set(entry["parameters"]) - {"folder"} - set(re.findall(r"`(\w+)`", documented[name])) == set(), name


def test_every_variable_of_the_desk_is_documented():
    documented = rows("docs/reference/variables.md")

    variables = {field.validation_alias for field in DeskSettings.model_fields.values() if field.validation_alias}
    assert variables - set(documented) == set()


@pytest.mark.parametrize("settings", [Environment, Settings])
def test_every_variable_of_a_server_is_documented_with_its_default(settings):
    documented = rows("docs/reference/variables.md")

    for name, field in settings.model_fields.items():
        if not field.is_required():
            default = "none" if field.default is None else str(field.default)
            assert documented[name.upper()].startswith(default), name


def test_every_metric_is_documented():
    documented = rows("docs/reference/metrics.md")
    exposed = re.findall(r"^# TYPE (\w+)", Metrics("model/1").exposition().decode(), re.MULTILINE)

    assert len(exposed) >= 4
    assert [name for name in exposed if not name.endswith("_created") and name not in documented] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_to_an_existing_file_and_heading(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", text(document)):
        if not target.startswith("http"):
            file, _, heading = target.partition("#")
            linked = (PROJECT / document.parent / file) if file else PROJECT / document
            assert linked.exists(), target
            assert not heading or heading in headings(linked), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_path_of_the_repository_exists(document):
    created = set(re.findall(r"^\+\+\+ b/(\S+)$", text(document), re.MULTILINE))  # by an example of the document
    missing = [path for path in paths(text(document)) - created if not any(PROJECT.glob(path))]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_command_runs_an_existing_module(document):
    missing = [module for module in MODULE.findall(text(document)) if not is_runnable(module)]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_entry_point_that_a_document_names_exists(document):
    entries = yaml.safe_load(text("MLproject"))["entry_points"]

    assert set(ENTRY.findall(text(document))) - set(entries) == set()


def test_every_picture_of_a_document_is_taken_by_a_command():
    makers = ("tests/desk/test_pictures.py", "reference/pictures.py", "benchmarks/endurance/__main__.py")
    taken = "".join(map(text, makers))
    pictures = {Path(file).name for page in DOCUMENTS for file in re.findall(r"!\[[^\]]*\]\((\S+)\)", text(page))}

    assert len(pictures) >= 9
    assert [file for file in sorted(pictures) if f'"{file}"' not in taken] == []


def test_every_law_has_a_date_an_official_source_and_how_it_was_read():
    section = text(LAWS).partition(f"## {READINGS}")[2]
    laws = [cells(row) for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)[2:]]

    assert len(laws) >= 9
    for law, date, reading, source in laws:
        assert re.search(r"\b(19|20)\d\d\b", date), law
        assert re.search(r"\bthe text\b|\ban excerpt\b|\bnot read\b", reading, re.IGNORECASE), law
        assert re.search(rf"\]\(https://({OFFICIAL})/", source), law


def test_every_row_of_the_laws_says_what_is_asked_what_answers_and_what_is_not_covered():
    tables = re.findall(r"^(\|.*\|)\n\|[-|]+\|\n((?:\|.*\|\n)+)", text(LAWS), re.MULTILINE)
    duties = [(cells(head), body) for head, body in tables if "not covered" in head]

    assert len(duties) == 5
    for head, body in duties:
        for row in body.splitlines():
            assert len(cells(row)) == len(head), row
            assert all(cells(row)), row


def test_paths_are_found_in_prose_code_tables_and_trees():
    document = """
    Read `steps/train.py`, (docs/api.md) and README.md. See https://x/docs/y, the route /docs and $PWD/docs/z.

    | question | `custom_model/costs.py`, tests/unit/*.py |

        steps/run/     settings, policy.yaml, uv.lock
          MLproject    data/sample, data/README.md
    """

    assert paths(document) == {
        *("steps/train.py", "docs/api.md", "README.md", "custom_model/costs.py", "tests/unit/*.py"),
        *("steps/run/", "uv.lock", "MLproject", "data/README.md"),
    }


def test_the_page_of_the_architecture_has_every_folder_of_code():
    tops = ("steps", "custom_model", "desk", "benchmarks", "tests")
    folders = {
        f"{path.relative_to(PROJECT)}/" for top in tops for path in (PROJECT / top).iterdir() if any(path.glob("*.py"))
    }

    assert folders - set(re.findall(rf"(?:{'|'.join(tops)})/[\w/]*/", text("docs/architecture.md"))) == set()


def cells(row: str) -> list[str]:
    """The cells of a table's row, without the spaces around them."""
    return [cell.strip() for cell in row.strip("|").split("|")]


def paths(document: str) -> set[str]:
    """All words of a document, but for the targets of links, that look like paths of the repository."""
    words = TARGET.sub("]", document)  # links are relative, and looked up by themselves
    return {path.rstrip(".") for path in PATH.findall(words)} | set(FILES.findall(words))


def is_runnable(module: str) -> bool:
    """Whether `python -m` finds a module, or a package with a command, of this name."""
    found = find_spec(module)
    return found is not None and (not found.submodule_search_locations or find_spec(f"{module}.__main__") is not None)


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub writes them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_errors_on_the_data_page_are_worded_as_the_code_words_them():
    errors = (
        messages.wrong_values("AMT_CREDIT", "a number up to 10,000,000,000", 2, 307_512),
        messages.duplicates("SK_ID_CURR", 1),
    )
    lines = [f"error: {messages.ERRORS}", *(f"  application_train.csv: {error}" for error in errors)]

    assert "\n".join(f"    {line}" for line in lines) in text("data/README.md")


def test_the_settings_of_each_family_in_the_results_are_those_of_the_code():
    for family in FAMILIES.values():
        assert f"- {family.title}: {family.settings}." in text("docs/RESULTS.md")
