"""A fault of the server, in both real servers; each runs the model's own code, where the fault is."""

import re
import shutil
from pathlib import Path

import mlflow
import pytest
import requests

from steps.run.serving import hardened_server, stock_server

pytestmark = pytest.mark.slow

FAULT = """
def probabilities(self, matrix):
    raise ValueError("S3" + "CRET value of a client")  # joined only in the error, not in the source line


Scorer.probabilities = probabilities
"""


@pytest.fixture(scope="module")
def broken_model(champion, tmp_path_factory) -> Path:
    """The champion's artifact with a fault in its code."""
    folder = tmp_path_factory.mktemp("broken") / "model"
    shutil.copytree(mlflow.artifacts.download_artifacts(champion.uri), folder)
    scorer = folder / "code" / "custom_model" / "scorer.py"
    scorer.write_text(scorer.read_text("utf-8") + FAULT, "utf-8")
    return folder


@pytest.mark.parametrize("serve", [stock_server, hardened_server])
def test_a_fault_gets_500_and_an_incident_id_under_which_its_trace_is_logged(
    serve, broken_model, applications, tmp_path
):
    log = tmp_path / "server.log"

    with serve(str(broken_model), log_file=log) as url:
        answer = requests.post(f"{url}/invocations", json={"inputs": applications[:1]}, timeout=60)
        bad = requests.post(f"{url}/invocations", json={"inputs": [{}]}, timeout=60)

    assert answer.status_code == 500
    body = answer.json()
    assert set(body) == {"error_code", "message", "incident_id"}
    assert body["error_code"] == "INTERNAL_ERROR"
    assert "Traceback" not in answer.text
    assert "S3CRET" not in answer.text
    logged = log.read_text("utf-8")
    incident = logged[logged.index(body["incident_id"]) :]
    assert re.search(r"ValueError at\n.*decisions\.py.*in judged", incident, re.DOTALL)
    assert "S3CRET" not in logged  # the error's text may repeat the request
    assert bad.status_code == 400  # the server is still up, and validation comes first
