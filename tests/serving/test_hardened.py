"""The hardened server's own features: limits, readiness, headers, and errors at start-up."""

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import pytest
import requests

from steps.run.ports import ReservedPort
from steps.run.serving import hardened_server, running_server
from steps.run.settings import PROJECT
from testing import forked_servers
from testing.processes import supervisor_of, workers_of
from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

ONE = json.dumps({"inputs": [GOOD]}).encode()


@pytest.fixture(scope="module")
def small(champion):
    """The URL of a server with two workers and narrow limits."""
    limits = {"MAX_BODY_BYTES": "200000", "MAX_ROWS": "300", "BODY_SECONDS": "0.5"}
    with hardened_server(champion.uri, workers=2, DECISION_LOG_URI="", **limits) as url:
        yield url


@pytest.fixture
def failed_start(prepared):
    """Starts a server that ends; returns the ended process."""

    def start(model_uri, port=None, **environment):
        reserved = ReservedPort()  # until it has ended
        words = ["--model-uri", str(model_uri), "--port", str(port or reserved.number)]
        command = [str(prepared / "python"), "-m", "custom_model.server", *words]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), **environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    return start


def post(server, body=ONE, **headers):
    headers = {"Content-Type": "application/json", **headers}
    return requests.post(f"{server}/invocations", data=body, headers=headers, timeout=60)


def talk(server, *pieces):
    """Status and JSON of the answer to these bytes on a bare connection."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = connection.recv(65536)
        while b"\r\n\r\n" in answer and not answer.rstrip().endswith(b"}"):
            answer += connection.recv(65536)
        return int(answer.split(b" ", 2)[1]), json.loads(answer.partition(b"\r\n\r\n")[2])


def test_the_supervisor_of_a_registered_models_workers_has_none_of_their_libraries(small):
    worker, *_ = workers_of(small)
    of_worker, of_supervisor = (Path(f"/proc/{pid}/maps").read_text() for pid in (worker, supervisor_of(small)))

    for library in ("/lightgbm/", "/pandas/", "/pyarrow/"):  # of which MLflow's import brings the last two
        assert library in of_worker
        assert library not in of_supervisor


HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_over_the_limit_is_refused_before_it_is_sent(small):
    status, body = talk(small, HEAD + b"Content-Length: 200001\r\nExpect: 100-continue\r\n\r\n")

    assert status == 413
    assert body["limit"] == 200000
    assert "200000" in body["message"]


def test_a_body_in_chunks_is_refused_once_it_exceeds_the_limit(small):
    chunk = b"20000\r\n" + b" " * 0x20000 + b"\r\n"

    status, body = talk(small, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, chunk)

    assert (status, body["limit"]) == (413, 200000)


def test_a_body_in_chunks_within_the_limit_is_decided(small):
    answer = post(small, iter([ONE[:20], ONE[20:]]))

    assert answer.status_code == 200


def test_too_many_applications_are_refused_with_the_limit(small):
    assert post(small, json.dumps({"inputs": [{}] * 300}).encode()).status_code == 400
    for body in ({"inputs": [{}] * 301}, {"dataframe_split": {"columns": [], "data": [[]] * 301}}):
        answer = post(small, json.dumps(body).encode())
        assert (answer.status_code, answer.json()["limit"]) == (413, 300)


def test_a_body_that_does_not_arrive_is_given_up(small):
    status, _ = talk(small, HEAD + b"Content-Length: 100\r\n\r\n{")

    assert status == 408


def test_every_answer_has_the_model_and_the_request_id(hardened, champion):
    own = requests.get(f"{hardened}/ping", headers={"X-Request-ID": "order-66.a_b"}, timeout=10)
    hostile = requests.get(f"{hardened}/ping", headers={"X-Request-ID": "a b<script>"}, timeout=10)
    bad = post(hardened, b"{")

    assert own.headers["x-request-id"] == "order-66.a_b"
    assert uuid.UUID(hostile.headers["x-request-id"]).version == 7
    assert uuid.UUID(bad.headers["x-request-id"]).version == 7
    for answer in (own, hostile, bad):
        assert answer.headers["x-model-version"] == f"{champion.model_name}/{champion.version}"
        assert "server" not in answer.headers


def test_the_openapi_document_is_closed_by_default_and_pages_with_foreign_scripts_always(hardened, small):
    assert requests.get(f"{small}/openapi.json", timeout=10).status_code == 404
    assert requests.get(f"{hardened}/openapi.json", timeout=10).status_code == 200
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert requests.get(hardened + path, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "error_code", "allow"),
    [
        ("GET", "/", 404, "ENDPOINT_NOT_FOUND", None),
        ("POST", "/nothing", 404, "ENDPOINT_NOT_FOUND", None),
        ("GET", "/docs", 404, "ENDPOINT_NOT_FOUND", None),
        ("GET", "/openapi.json", 404, "ENDPOINT_NOT_FOUND", None),
        ("GET", "/%2e%2e/etc/passwd", 404, "ENDPOINT_NOT_FOUND", None),
        ("GET", "/invocations", 405, "BAD_REQUEST", "POST"),
        ("PUT", "/invocations", 405, "BAD_REQUEST", "POST"),
        ("POST", "/ping", 405, "BAD_REQUEST", "GET"),
        ("POST", "/ready", 405, "BAD_REQUEST", "GET"),
        ("DELETE", "/metrics", 405, "BAD_REQUEST", "GET"),
    ],
)
def test_an_unknown_path_or_method_gets_the_same_json_as_other_errors(small, method, path, status, error_code, allow):
    answer = requests.request(method, small + path, timeout=10)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error_code", "message"}
    assert answer.json()["error_code"] == error_code
    assert answer.headers.get("allow") == allow
    assert "x-request-id" in answer.headers


def test_without_its_stores_a_server_is_alive_not_ready_and_withholds_decisions(champion, tmp_path):
    nowhere = f"sqlite:///{tmp_path / 'no folder' / 'store.db'}"
    with forked_servers.hardened_server(champion.uri, DECISION_LOG_URI=nowhere, HISTORY_STORE_URI=nowhere) as server:
        ready = requests.get(f"{server}/ready", timeout=10)
        withheld = post(server)
        alive = requests.get(f"{server}/ping", timeout=10)

    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert ready.json()["model"] == f"{champion.model_name}/{champion.version}"
    assert ready.json()["stores"] == {"decision_log": False, "history_store": False}
    assert withheld.status_code == 503
    assert withheld.headers["retry-after"] == str(withheld.json()["retry_after"])
    assert alive.status_code == 200


def test_the_models_own_code_serves_it_without_the_project(champion, tmp_path):
    """As in the image: the command, too, is of the artifact's code."""
    folder = shutil.copytree(mlflow.artifacts.download_artifacts(champion.uri), tmp_path / "model")
    command = folder / "code" / "custom_model" / "server" / "__main__.py"
    command.write_text(
        'import sys\nprint("the artifact serves", file=sys.stderr)\n' + command.read_text("utf-8"), "utf-8"
    )
    log = tmp_path / "server.log"

    own = [sys.executable, "-P", "-m", "custom_model.server", "--model-uri", str(folder)]  # -P: not of this folder
    with running_server(own, log, PYTHONPATH=str(folder / "code")) as server:
        answer = post(server)

    assert answer.status_code == 200
    assert "the artifact serves" in log.read_text("utf-8")


def test_a_model_that_cannot_be_loaded_ends_the_server_with_a_message(champion, failed_start, tmp_path):
    folder = shutil.copytree(mlflow.artifacts.download_artifacts(champion.uri), tmp_path / "model")
    (folder / "artifacts" / "scorecard.json").write_text("{}", "utf-8")

    ended = failed_start(folder)

    assert ended.returncode == 1
    assert "the model could not be loaded" in ended.stderr


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"MAX_ROWS": "many"}, "MAX_ROWS: expected a whole number"),
        ({"DECISION_LOG_URI": "sqlite://"}, "DECISION_LOG_URI: expected a file"),
    ],
)
def test_a_wrong_setting_is_reported_before_anything_starts(champion, failed_start, setting, message):
    ended = failed_start(champion.uri, **setting)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {message}")
    assert "Traceback" not in ended.stderr


def test_it_starts_however_long_the_path_of_its_temporary_files_is(champion, tmp_path):
    folder = tmp_path / ("long" * 40)
    folder.mkdir()

    with hardened_server(champion.uri, TMPDIR=str(folder)) as url:
        assert requests.get(f"{url}/ready").status_code == 200
    assert not list(folder.iterdir())


def test_an_occupied_port_is_reported(champion, failed_start):
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        ended = failed_start(champion.uri, port)

    assert ended.returncode == 2
    assert f"error: cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr
