"""Options that several entry points share: the annotation of each, declared once."""

from typing import Annotated

import typer

from steps.run.settings import Engine

Data = Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, a flat file, or a feature table.")]
Target = Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 otherwise.")]
Identity = Annotated[str, typer.Option(help="Column of a flat file that identifies the client.")]
BuildEngine = Annotated[Engine, typer.Option(help="Engine that builds the features.")]
ModelName = Annotated[str, typer.Option(help="Name of the registered model.")]
MostFeatures = Annotated[int, typer.Option(help="Upper limit of features, the most useful first; 0: all.", min=0)]
