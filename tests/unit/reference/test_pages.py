"""The reference pages are those that the code writes, and leave nothing out."""

import ast
from collections.abc import Iterator

import pytest

from reference import errors, mlflow_metrics, policy, variables
from reference.pages import FOLDER, PAGES
from reference.texts import described, summary, table
from steps.run.policy import Policy
from steps.run.settings import PROJECT


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_writes(name):
    assert (FOLDER / f"{name}.md").read_text("utf-8") == PAGES[name](), "`make docs` writes the page"


def test_every_page_of_the_folder_is_written():
    assert {file.stem for file in FOLDER.glob("*.md")} == set(PAGES)


def test_every_error_that_answers_a_request_is_on_its_page():
    ours = {each for each in errors.classes() if not each.__module__.startswith("tests")}

    assert {type(each) for each in errors.EXAMPLES} == ours


def test_every_entry_of_the_policy_and_every_variable_has_a_meaning():
    models = [Policy, *(model for _, model in policy.sections(Policy))]
    meanings = {
        (model.__name__, name): policy.meaning(name, about, described(model))
        for model in models
        for name, about in model.model_json_schema()["properties"].items()
    }

    assert [entry for entry, words in meanings.items() if not words] == []
    assert " |  |\n" not in variables.page()


def test_every_metric_that_the_steps_log_by_name_is_on_the_page():
    logged = set(literal_metrics())

    assert {"trees", "leaking_fields", "omission_worst", "clients", "undecided", "mean_probability"} <= logged
    assert [name for name in sorted(logged) if not mlflow_metrics.is_documented(name)] == []


def literal_metrics() -> Iterator[str]:
    """The names in the literal dictionaries and texts that are passed to MLflow's log_metric and log_metrics.

    Of a function of the same module that makes them, the names in its dictionaries.
    """
    for file in (PROJECT / "steps").rglob("*.py"):
        module = ast.parse(file.read_text("utf-8"))
        functions = {each.name: each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)}
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("mlflow.log_metrics", "mlflow.log_metric"):
                logged = node.args[0]
                made_by = functions.get(ast.unparse(logged.func)) if isinstance(logged, ast.Call) else None
                names = keys(made_by or logged) if made_by or isinstance(logged, ast.Dict) else [logged]
                yield from (
                    each.value for each in names if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )


def keys(code: ast.AST) -> Iterator[ast.AST | None]:
    """The keys of the dictionaries in this code, and the texts that their loops run over."""
    for node in ast.walk(code):
        if isinstance(node, ast.Dict):
            yield from node.keys
        elif isinstance(node, ast.DictComp) and isinstance(node.generators[0].iter, ast.Tuple):
            yield from node.generators[0].iter.elts


def test_parts_of_a_docstring_are_told_apart():
    class Documented:
        """What it is,
        in two lines.

        Parameters
        ----------
        first, second : int
            Both ``of``
            these.
        third : str
            The last.

        Raises
        ------
        ValueError
            Never.
        """

    assert summary(Documented) == "What it is, in two lines."
    assert described(Documented) == {"first": "Both `of` these.", "second": "Both `of` these.", "third": "The last."}


def test_a_bar_in_a_cell_does_not_end_it():
    assert table(["a"], [["x|y"]]) == "| a |\n| --- |\n| x\\|y |"
