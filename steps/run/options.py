"""Options of several entry points, each with one annotation."""

import re
from typing import Annotated

import typer

from steps.run.console import UserError
from steps.run.settings import Engine

MODEL_NAME = "credit-scoring"  # of the sample and of Home Credit's tables
LONGEST_NAME = 100  # characters; MLflow's registry stores 256
NAME = re.compile(rf"[^\W_](?:[\w.-]{{0,{LONGEST_NAME - 2}}}[\w-])?")  # unquoted in commands, URIs and filters

Data = Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, a flat file, or a feature table.")]
Target = Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 otherwise.")]
Identity = Annotated[str, typer.Option(help="Column of a flat file that identifies the client.")]
BuildEngine = Annotated[Engine, typer.Option(help="Engine that builds the features.")]
ModelName = Annotated[
    str,
    typer.Option(help="Name of the registered model; empty: credit-scoring, or the name of a flat file."),
]
MostFeatures = Annotated[
    int, typer.Option(help="Maximum number of features, those with the highest gain; 0: all.", min=0)
]
Params = Annotated[
    str, typer.Option(help="LightGBM parameters to change: a JSON object, a JSON or YAML file, or an artifact.")
]


def checked_model_name(name: str) -> str:
    """The name, if a model can be registered, promoted and served under it; raise `UserError` otherwise.

    MLflow itself forbids only / and :, at registration, after the training; an @ or a quote breaks its URIs and
    filters.
    """
    if not NAME.fullmatch(name) or ".." in name:
        raise UserError(
            f"model_name: expected up to {LONGEST_NAME} letters, digits, '-', '_' or '.', with a letter or digit "
            f"first, such as {MODEL_NAME}; got {name!r}"
        )
    return name
