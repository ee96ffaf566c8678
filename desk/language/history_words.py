"""The labels of history features in both languages, built from the parts of their recipes."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from desk.language.languages import Language
from steps.run.yaml_file import read_yaml
from steps.tables.aggregates import AGGREGATES
from steps.tables.aggregation import Feature, features_of, history_meanings
from steps.tables.recipes import RECIPES, TableRecipes

COMPARED = "par rapport à la même mesure"


def history_label(name: str, language: Language) -> str:
    """What a history feature is: "Late months here, total in the last 6 months". Raises `KeyError` for others."""
    return _labels()[name][language]


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    english = history_meanings()
    return {
        feature.name: {"en": english[feature.name].description.rstrip("."), "fr": _french(feature, table)}
        for table in RECIPES.values()
        for feature in features_of(table)
    }


def _french(feature: Feature, table: TableRecipes) -> str:
    words = french_parts()
    what = words["texts"][feature.recipe.text]
    function = words["functions"][AGGREGATES[feature.function].words[feature.recipe.scale]]
    windows = [_window(table.windows[part].words, table.prefix) for part in feature.window.split("/")]
    end = " ".join(f"{function} {f' {COMPARED} '.join(windows)}".split())
    return f"{what}, {end}" if end else what


def _window(words: str, prefix: str) -> str:
    """A window in French: the latest is a loan of the bureau's, but an application of PREVIOUS."""
    windows = french_parts()["windows"]
    own = f"{prefix} {words}"
    return windows[own if own in windows else words]


@cache
def french_parts() -> Mapping[str, Mapping[str, str]]:
    """The French of the recipes' texts, functions and windows, by their English."""
    return read_yaml(Path(__file__).with_name("history.yaml"))
