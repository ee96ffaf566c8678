"""The name of a registered model: the rule for it, and the default of a data set."""

import re
from pathlib import Path

from steps.ledger.names import LEDGER
from steps.run.console import UserError
from steps.run.names import LONGEST_NAME, checked_name
from steps.run.printable import shown
from steps.tables.feature_table import read_lineage
from steps.tables.paths import table_name

MODEL_NAME = "credit-scoring"  # of the sample and of Home Credit's tables
VERSION = re.compile(r"[1-9][0-9]{0,8}")
LOCK = "-promotion-lock"  # ends the name of a model's lock, and no model's
UNNAMED = "clients"  # of a file without a letter or digit in its name


def checked_model_name(name: str) -> str:
    """The name, if a model can be registered, promoted and served under it; raise `UserError` otherwise.

    MLflow itself forbids only / and :, at registration, after the training; an @ or a quote breaks its URIs and
    filters.
    """
    if name.endswith(LOCK):
        raise UserError(f"model_name: names that end in {LOCK} are reserved: expected another, such as {MODEL_NAME}")
    if LEDGER in name:
        raise UserError(f"model_name: names with {LEDGER} are reserved: expected another, such as {MODEL_NAME}")
    return checked_name("model_name", name, MODEL_NAME)


def checked_version(version: str) -> str:
    """The number of a version, or empty for the latest; raise `UserError` for what is neither."""
    if version and not VERSION.fullmatch(version):
        raise UserError(f"version: expected the number of a version, such as 7, or nothing, got {shown(version)}")
    return version


def lock_name(model_name: str) -> str:
    """The name of the model's lock in the registry, see `promotion_lock`."""
    return f"{model_name}{LOCK}"


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
    dashed = re.sub(r"\.{2,}", ".", re.sub(r"[^\w.-]+", "-", name))
    return dashed.strip("-._")[:LONGEST_NAME].rstrip("-._") or UNNAMED
