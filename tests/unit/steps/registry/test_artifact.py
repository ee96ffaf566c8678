"""Requirements of the registered model: complete, and without those of training."""

import ast
import sys

import pytest

from steps.registry.artifact import REQUIREMENTS
from steps.run.settings import PROJECT

SOURCES = sorted((PROJECT / "custom_model").rglob("*.py"))
# Packages that differ from their import names.
PACKAGES = {
    "yaml": "pyyaml",
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic-core",
    "pydantic_settings": "pydantic-settings",
    "typing_extensions": "typing-extensions",
}


def imported(source) -> set[str]:
    nodes = list(ast.walk(ast.parse(source.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_all_that_the_model_imports_is_in_its_requirements_and_nothing_is_from_the_steps(source):
    others = imported(source) - set(sys.stdlib_module_names) - {"custom_model"}

    assert {PACKAGES.get(name, name) for name in others} <= set(REQUIREMENTS)
