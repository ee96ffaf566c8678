"""The commands of a journey, one after the other."""

import re

from steps.run.settings import PROJECT
from tests.recipes.documents import commands
from tests.recipes.inventory import JOURNEYS
from tests.recipes.shell import Shell

FOUND = commands(PROJECT)


def follow(shell: Shell, journey: str) -> list[str]:
    """Run the journey's commands; return their outputs. An id that one prints is the next one's RUN_ID."""
    outputs = []
    for name in JOURNEYS[journey]:
        outputs.append(shell.run(FOUND[name]))
        printed = re.findall(r"params=runs:/(\w+)/params.json", outputs[-1])
        if printed:
            shell.environment["RUN_ID"] = printed[0]
    return outputs
