"""Options of several entry points, each with one annotation."""

from enum import StrEnum
from typing import Annotated

import typer

from steps.run.settings import Engine, LeaksTreatment


class Truth(StrEnum):
    """A switch that `mlflow run` can set: its parameters have values."""

    false = "false"
    true = "true"


Data = Annotated[
    str,
    typer.Option(
        help="'sample', a folder of Home Credit's tables, a lender's file or its description, or a feature table."
    ),
]
Target = Annotated[str, typer.Option(help="Column of a flat file: the outcome of the loan.")]
Default = Annotated[
    str, typer.Option(help="Values of a flat file's target that are defaults, with commas; empty: 1, or yes.")
]
Leaks = Annotated[
    LeaksTreatment,
    typer.Option(
        help="What fields that reveal the outcome do: stop the training, or be left out of it; by default as the "
        "data's description says, else stop."
    ),
]
Identity = Annotated[str, typer.Option(help="Column of a flat file that identifies the client; it needs none.")]
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
Version = Annotated[str, typer.Option(help="Number of the version; empty: the one that waits under the alias pending.")]
Reason = Annotated[str, typer.Option(help="Why, for the ledger.")]
