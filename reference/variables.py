"""The page of the environment variables: from the typed settings of steps, servers and desk."""

import json
from collections.abc import Iterable

from pydantic.fields import FieldInfo

from custom_model.environment import Environment
from custom_model.server.settings import Settings as ServerSettings
from desk.settings import DeskSettings
from reference.texts import code, table
from steps.run.settings import Settings

INTRODUCTION = """\
# Variables

`make docs` writes this page from the settings of the code. An empty variable counts as unset. Each process reads them
once; a wrong one is an error with its name and what was expected, and without its value.
"""
SERVERS = """\
MLflow's own server reads those of every server; the limits are those of one worker of the hardened server.
"""
NONE = "none"
OTHERS = (
    [
        "`PYSPARK_PYTHON`",
        "this interpreter on this machine, `python3` on a cluster",
        "interpreter of Spark's executors: Python 3.11 with the packages of `python_env.yaml`, under this path on each",
    ],
    [
        "`TEXTFILE`",
        NONE,
        "of `deploy/monitoring/watch.sh`: file that the gauges of a window are written to, for node exporter",
    ],
)
OURS, EVERY = "hardened server", "every server"


def page() -> str:
    """The page in Markdown."""
    head = ["variable", "default", "meaning"]
    servers = [*of_server(Environment.model_fields, EVERY), *of_server(ServerSettings.model_fields, OURS)]
    return "\n".join(
        [
            INTRODUCTION,
            f"## Entry points\n\n{table(head, [*named(Settings.model_fields.values()), *OTHERS])}\n",
            f"## The desk\n\n{table(head, named(DeskSettings.model_fields.values()))}\n",
            f"## Servers\n\n{SERVERS}\n{table([*head, 'where'], servers)}\n",
        ]
    )


def of_server(fields: dict[str, FieldInfo], where: str) -> Iterable[list[str]]:
    """A row for each setting that an operator may set; the variable is the field's name in capitals."""
    for name, field in fields.items():
        if not field.is_required():
            default = NONE if field.default is None else str(field.default)
            yield [code(name.upper()), default, field.description or "", where]


def named(fields: Iterable[FieldInfo]) -> Iterable[list[str]]:
    """A row for each field that names a variable; a default that follows from others is in its description."""
    for field in fields:
        if field.validation_alias is not None:
            yield [code(field.validation_alias), default_of(field), field.description or ""]


def default_of(field: FieldInfo) -> str:
    """The default as code, of a list as JSON; one that follows from others is in the description."""
    if field.default_factory is not None or str(field.default).startswith("/"):
        return "see its meaning"
    return code(json.dumps(field.default) if isinstance(field.default, tuple) else field.default) or NONE
