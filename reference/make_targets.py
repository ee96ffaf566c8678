"""The page of make's targets: from the Makefile."""

import re

from reference.texts import code, table
from steps.run.settings import PROJECT

INTRODUCTION = """\
# Make targets

`make docs` writes this page from the Makefile; `make help` prints it. Each target sets up the locked environment in
.venv first. A variable is set on the command line, as in `make serve PORT=5002`.

"""
TARGET = re.compile(r"^([a-z-]+):[^#\n]*## *(.*)$", re.MULTILINE)
VARIABLE = re.compile(r"^([A-Z_]+) \?= *(.*)$", re.MULTILINE)


def page() -> str:
    """The page in Markdown."""
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    targets = table(["target", "what it does"], [[f"`make {name}`", words] for name, words in TARGET.findall(makefile)])
    variables = table(
        ["variable", "default"], [[code(name), code(value)] for name, value in VARIABLE.findall(makefile)]
    )
    return f"{INTRODUCTION}{targets}\n\n## Variables of make\n\n{variables}\n"
