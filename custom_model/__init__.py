"""Everything inside the registered model: contract, score, decision, reasons and servers.

A command in a Python without the project's packages ends here with one sentence; any module below would end in a trace.
"""

import sys
from importlib.util import find_spec

# `python -m` calls itself -m until it has found its module; an import by anything else keeps Python's own error.
if sys.argv[:1] == ["-m"] and (sys.version_info < (3, 11) or find_spec("mlflow") is None):
    print(
        f"error: {sys.executable} does not have the project's packages: `source .venv/bin/activate` first, which "
        "`make run` and `make serve` set up",
        file=sys.stderr,
    )
    sys.exit(2)
