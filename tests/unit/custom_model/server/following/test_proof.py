"""The proof of a release whose worker is a real one."""

import json
import multiprocessing
import time
from threading import Event, Thread

import pytest
import uvicorn
import yaml

from custom_model.server.following.example import EXAMPLE, EXAMPLE_DECISION
from custom_model.server.following.problems import Unreachable
from custom_model.server.following.proof import ANSWER_SECONDS, prove
from custom_model.server.following.release import SERVED_MODEL, Release
from tests.unit.custom_model.server.following.rolling import APP

pytestmark = pytest.mark.slow


def test_a_worker_that_hangs_in_its_example_does_not_hold_up_the_end_of_the_server(tmp_path):
    model, folder, ends = tmp_path / "model", tmp_path / "proof", Event()
    model.mkdir()
    (model / "MLmodel").write_text(yaml.safe_dump({"metadata": {EXAMPLE_DECISION: {"decision": "granted"}}}))
    (model / EXAMPLE).write_text(json.dumps({"inputs": [{}]}))
    release = Release("m/2", None, {"NAME": "m", "START": "hangs", SERVED_MODEL: str(model)}, None, model)
    config = uvicorn.Config(APP, lifespan="on", log_level="warning", timeout_graceful_shutdown=5)
    ended_at, others = [], set(multiprocessing.active_children())  # such as other tests' servers

    def end() -> None:
        while not (folder / "asked").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        ended_at.append(time.monotonic())
        ends.set()

    deadline = time.monotonic() + 60
    Thread(target=end, daemon=True).start()
    with pytest.raises(Unreachable):
        prove(release, config, folder, ends)

    assert time.monotonic() - ended_at[0] < ANSWER_SECONDS / 3
    assert ended_at[0] < deadline  # it was asked
    assert set(multiprocessing.active_children()) <= others
    assert not folder.exists()
