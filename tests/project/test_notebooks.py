"""The notebooks run from the first cell to the last; in git they have no outputs, and their pages have their cells."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from steps.run.settings import FOLDER, PROJECT
from tests.recipes.copies import copy_project

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 600  # seconds
LARGEST = 600_000  # bytes of the pictures of a page
each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def read(file: Path) -> NotebookNode:
    return nbformat.read(file, as_version=4)


def page_of(file: Path) -> str:
    return (PROJECT / "docs" / "notebooks" / f"{file.stem}.md").read_text("utf-8")


@pytest.fixture(scope="module")
def copied(tmp_path_factory, prepared) -> Path:
    """The folder of the notebooks in a copy of the project, whose models have few trees."""
    return copy_project(tmp_path_factory.mktemp("copy"), prepared) / "notebooks"


@pytest.fixture
def own_store(tmp_path, monkeypatch, prepared) -> Path:
    """The folder in which a notebook makes its own, and no tracking store but its own; what it starts is prepared."""
    for name in ("MLFLOW_TRACKING_URI", FOLDER):
        monkeypatch.delenv(name, raising=False)
    for name in ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")  # the kernel of this environment, not the user's
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "prepared.py").write_text(f"import sys\nsys.executable = {str(prepared / 'python')!r}\n", "utf-8")
    return tmp_path


def test_there_are_two_notebooks():
    assert [file.stem for file in NOTEBOOKS] == ["01_modelling", "02_your_data"]


@each_notebook
def test_in_git_a_notebook_has_no_outputs_and_no_metadata_that_changes(file):
    notebook = read(file)

    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert (cell.execution_count, cell.outputs) == (None, [])


@each_notebook
def test_the_page_of_a_notebook_has_its_cells_in_their_order(file):
    """`make notebooks` renders the pages."""
    cells, page, place = read(file).cells, page_of(file), 0

    for cell in cells:
        assert cell.source in page[place:], cell.source
        place = page.index(cell.source, place) + len(cell.source)
    assert re.findall(r"^```python\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL) == [
        cell.source for cell in cells if cell.cell_type == "code"
    ]


@each_notebook
def test_the_page_of_a_notebook_is_small_and_has_its_pictures_each_described(file):
    folder = PROJECT / "docs" / "notebooks"
    found = re.findall(r"^!\[(.*)\]\((.*\.png)\)$", page_of(file), re.MULTILINE)
    pictures = [folder / name for _, name in found]

    assert [name for words, name in found if words in ("", "png")] == []  # notebooks/page.md.j2 has the words
    assert sorted(pictures) == sorted((folder / f"{file.stem}_files").iterdir())
    assert sum(picture.stat().st_size for picture in pictures) < LARGEST


@pytest.mark.slow
@each_notebook
def test_a_notebook_runs_in_a_folder_of_its_own_up_to_a_decision(file, copied, own_store):
    notebook = read(file)
    before = sorted(copied.glob("**/*"))

    NotebookClient(notebook, timeout=LONGEST_CELL, resources={"metadata": {"path": str(copied)}}).execute()

    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(figures) == page_of(file).count(".png)") > 0
    assert "version 1 is champion" in printed
    assert re.search(r"Client \d+: REFUSED\n(.*\n)*  what raised the risk most\n    \+\d", printed)
    assert len(list(own_store.glob("credit-scoring-*/mlflow.db"))) == 1
    assert sorted(copied.glob("**/*")) == before
