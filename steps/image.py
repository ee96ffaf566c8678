"""Build a small image of the hardened server with one version of a model."""

import tempfile
from pathlib import Path
from typing import Annotated

import mlflow
import typer

from steps.container.context import Context, write_context
from steps.container.engine import build, tag_of
from steps.registry.names import MODEL_NAME, champion_uri
from steps.run.console import UserError, progress, run
from steps.run.names import checked_path
from steps.run.settings import Settings


def main(
    model_uri: Annotated[str, typer.Option(help="Any URI of MLflow's; an alias is resolved once.")] = champion_uri(
        MODEL_NAME
    ),
    tag: Annotated[str, typer.Option(help="Name of the image; empty: NAME-server:VERSION of the model.")] = "",
    out: Annotated[
        str, typer.Option(help="A new folder: write what the image is built of there, and build nothing.")
    ] = "",
) -> None:
    """Build an image of the hardened server, with the model and nothing that serving does not import.

    It runs as a user without rights on a read-only file system. It serves its model, or follows a registry's alias.

    Example: python -m steps.image --model-uri models:/credit-scoring@champion
    """
    mlflow.set_tracking_uri(Settings().tracking_uri)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-image-") as scratch:
        if out:
            folder = checked_path("out", Path(out)).absolute()
            if folder.exists():
                raise UserError(f"out: expected a new folder, {out} is there already")
            folder.mkdir(parents=True)
            context = _write(model_uri, folder, Path(scratch))
            arguments = f"--build-arg PYTHON={context.python} {folder}"
            print(f"  build it with `docker build --tag {tag or tag_of(context.model)} {arguments}`")
            return
        folder = Path(scratch) / "context"
        folder.mkdir()
        context = _write(model_uri, folder, Path(scratch))
        name = tag or tag_of(context.model)
        with progress(f"building {name} on python:{context.python}-slim"):
            size = build(context, name)
    print(f"  {name} serves {context.model}: {size / 1e6:.0f} MB")
    print(f"  docker run --read-only --tmpfs /tmp -v credit-log:/log -p 127.0.0.1:5001:8080 {name}")


def _write(model_uri: str, folder: Path, scratch: Path) -> Context:
    downloads = scratch / "downloads"
    downloads.mkdir()
    with progress(f"downloading {model_uri} and resolving its packages"):
        return write_context(model_uri, folder, downloads)


if __name__ == "__main__":
    run(main)
