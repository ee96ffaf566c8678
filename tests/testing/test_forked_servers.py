"""The gate's servers in forked processes: as in interpreters of their own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import mlflow
import pytest
import requests
from uvicorn.config import STARTUP_FAILURE

from steps.run.console import UserError
from steps.run.serving import hardened_server, running_server
from steps.run.settings import PROJECT
from testing import forked_servers

pytestmark = pytest.mark.slow

PAYLOAD = {"params": {"reasons": "all"}}


@pytest.fixture(params=["interpreter", "fork", "prepared"])
def serve(request) -> Callable[[str], AbstractContextManager[str]]:
    """A server of a model by one of the ways."""
    if request.param != "prepared":
        return {"interpreter": hardened_server, "fork": forked_servers.hardened_server}[request.param]
    words = [str(request.getfixturevalue("prepared") / "python"), "-m", "custom_model.server", "--follow", "0.0"]
    return lambda uri: running_server([*words, "--model-uri", uri], PYTHONPATH=str(PROJECT))


@pytest.fixture(scope="module")
def first_answers():
    """Those of the first way, for the second to be compared with."""
    return []


def test_a_fork_answers_as_an_interpreter_and_ends_with_its_block(serve, champion, applications, first_answers):
    with serve(champion.uri) as url:
        answered = requests.post(f"{url}/invocations", json={**PAYLOAD, "inputs": applications[:20]}, timeout=60).json()
        refused = requests.post(f"{url}/invocations", json={"inputs": [{"nonsense": 1.0}]}, timeout=60)

    decisions = [{**each, "decision_id": None, "decided_at": None} for each in answered["predictions"]]
    first_answers.append((decisions, refused.status_code, refused.json()))
    assert len(decisions) == 20
    assert first_answers[-1] == first_answers[0]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/ping", timeout=5)


def test_either_says_why_it_does_not_start(serve, tracking):
    with (
        pytest.raises(UserError, match=r"the server did not start; its last output: error: .*unregistered"),
        serve("models:/unregistered/7"),
    ):
        pass


def test_either_runs_the_versions_own_code(serve, champion, tmp_path):
    folder = Path(mlflow.artifacts.download_artifacts(champion.uri, dst_path=str(tmp_path)))
    module = folder / "code" / "custom_model" / "server" / "app.py"
    module.write_text(f"import os\nos.write(2, b'code of the version')\nos._exit({STARTUP_FAILURE})\n", "utf-8")

    with pytest.raises(UserError, match="code of the version"), serve(str(folder)):
        pass
