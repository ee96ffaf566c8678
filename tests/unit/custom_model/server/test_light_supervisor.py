"""A server of a folder's model needs no MLflow beside its workers: 100 MB of memory and a second of its start."""

import subprocess
import sys

from steps.run.settings import PROJECT

SOURCE = """
import sys
import custom_model.server.__main__, custom_model.server.following.preparation
print([name for name in ("mlflow", "pandas", "pyarrow", "lightgbm", "alembic") if name in sys.modules])
"""


def test_the_command_of_the_server_imports_neither_mlflow_nor_the_models_libraries():
    ended = subprocess.run([sys.executable, "-c", SOURCE], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "[]"
