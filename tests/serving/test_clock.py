"""A server whose clock is before 1970 decides and identifies its answers."""

import shutil
import uuid
from pathlib import Path

import mlflow
import pytest
import requests

from testing.forked_servers import hardened_server

pytestmark = pytest.mark.slow

CLOCK = """
time.time_ns = lambda: -86_400 * 10**9  # a day before 1970
"""


def test_a_clock_before_1970_gives_decisions_and_errors_with_valid_ids(champion, applications, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(mlflow.artifacts.download_artifacts(champion.uri), folder)
    identifiers = folder / "code" / "custom_model" / "identifiers.py"
    identifiers.write_text(identifiers.read_text("utf-8") + CLOCK, "utf-8")
    log = f"sqlite:///{tmp_path / 'log.db'}"

    with hardened_server(str(folder), DECISION_LOG_URI=log) as server:
        answers = [
            requests.post(f"{server}/invocations", json={"inputs": rows}, timeout=60)
            for rows in (applications[:2], applications[:2], [{}])
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 400]
    ids = [decision["decision_id"] for answer in answers[:2] for decision in answer.json()["predictions"]]
    ids += [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 7
    assert {uuid.UUID(each).version for each in ids} == {7}
    assert {uuid.UUID(each).int >> 80 for each in ids} == {0}
    assert Path(tmp_path / "log.db").exists()
