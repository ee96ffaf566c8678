"""The registered model of a data set: Home Credit's tables have one name, any other file its own."""

import re
from pathlib import Path

from steps.run.options import MODEL_NAME, checked_model_name
from steps.tables.feature_table import read_lineage
from steps.tables.flat_file import table_name

UNNAMED = "clients"  # of a file without a letter or digit in its name


def model_name_of(data: str) -> str:
    """The default name of the model of `data`: the file's name, as far as the registry and a URI allow it.

    `data/My clients.csv.gz` gives My-clients; a folder or its feature table, and the sample, give credit-scoring.
    """
    path = Path(data)
    if not path.is_file():
        return MODEL_NAME
    lineage = read_lineage(path)
    if lineage is None:
        return _valid(table_name(path))
    return MODEL_NAME if lineage.history else _valid(next(iter(lineage.sources), UNNAMED))


def chosen_model_name(model_name: str, data: str) -> str:
    """The chosen name, or the default of `data`; raise `UserError` where it cannot be a model's."""
    return checked_model_name(model_name or model_name_of(data))


def champion_uri(model_name: str) -> str:
    """The URI of the model's champion."""
    return f"models:/{model_name}@champion"


def _valid(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-._") or UNNAMED
