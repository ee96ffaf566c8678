"""docs/nginx.conf in front of the real server, with only its paths, ports and limits changed."""

import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
import requests

from steps.run.settings import PROJECT
from testing.nginx import NoNginx, nginx_command, running_nginx
from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

TOKEN = {"Authorization": "Bearer of-the-tests"}


CLIENTS = {name: {"Authorization": f"Bearer of-{name}"} for name in ("another", "the-revoked")}
CONNECTIONS = 8


@pytest.fixture(scope="module")
def proxied(hardened, tmp_path_factory):
    """The base URL of nginx, the certificate to trust, and its log."""
    with proxy(f"server {urlsplit(hardened).netloc};", tmp_path_factory.mktemp("nginx")) as running:
        yield running


@contextmanager
def proxy(servers, folder):
    """nginx in front of these servers: its base URL, the certificate to trust, and its log."""
    (folder / "tokens.map").write_text(
        '"Bearer of-the-tests" tests;\n' + "".join(f'"Bearer of-{name}" {name};\n' for name in CLIENTS), "utf-8"
    )
    replaced = {
        "server 127.0.0.1:5001;": servers,
        "rate=200r/s": "rate=1r/s",
        "burst=400": "burst=20",
        "limit_conn connections 256": f"limit_conn connections {CONNECTIONS}",
    }
    try:
        nginx_command(folder)
    except NoNginx as error:
        pytest.skip(str(error))
    with running_nginx(PROJECT / "docs" / "nginx.conf", replaced, folder) as (url, certificate):
        yield url, certificate, folder / "decisions.log"


def post(proxied, body=None, headers=TOKEN):
    url, certificate, _ = proxied
    return requests.post(
        f"{url}/invocations", json=body or {"inputs": [GOOD]}, headers=headers, verify=certificate, timeout=30
    )


def test_with_the_token_a_request_is_decided(proxied):
    answer = post(proxied)

    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["decision"] in ("granted", "refused")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "of-the-tests"}])
def test_without_the_token_no_request_passes(proxied, headers):
    answer = post(proxied, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error_code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/docs", "/openapi.json", "/version", "/invocations/"])
def test_operators_paths_are_not_exposed(proxied, path):
    url, certificate, _ = proxied

    assert requests.get(url + path, headers=TOKEN, verify=certificate, timeout=30).status_code == 404


def test_a_body_over_the_limit_does_not_reach_the_server(proxied):
    answer = post(proxied, {"inputs": "x" * 33 * 1024 * 1024})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"X": "a" * 12_000}, "", 200),  # also within the server's own limit
        ({"X": "a" * 20_000}, "", 431),
        ({f"X-{n}": "a" * 12_000 for n in range(5)}, "", 431),
        ({}, "a" * 20_000, 414),
    ],
)
def test_a_head_over_the_limit_does_not_reach_the_server(proxied, headers, query, status):
    url, certificate, _ = proxied
    body = {"inputs": [GOOD]} if status == 200 else None  # nginx closes at once: a body under way can hide its answer

    answer = requests.post(
        f"{url}/invocations?{query}", json=body, headers={**TOKEN, **headers}, verify=certificate, timeout=30
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert status == 200 or answer.json()["error_code"] == "REQUEST_LIMIT_EXCEEDED"


def test_a_body_whose_client_offers_an_upgrade_is_decided(proxied):
    answer = post(proxied, headers={**TOKEN, "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"})

    assert answer.status_code == 200


def test_beyond_its_connections_a_client_gets_429_and_others_are_decided(proxied):
    url, certificate, _ = proxied
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=certificate)
    head = (
        "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
        f"Authorization: {CLIENTS['another']['Authorization']}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            bare = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            connection = stack.enter_context(context.wrap_socket(bare, server_hostname="localhost"))
            connection.sendall(head)
        statuses = {post(proxied, headers=CLIENTS["another"]).status_code for _ in range(3)}
        other = post(proxied)

    assert statuses == {429}
    assert other.status_code == 200


def test_a_revoked_token_does_not_pass_after_a_reload(proxied):
    folder = proxied[2].parent
    before = post(proxied, headers=CLIENTS["the-revoked"]).status_code
    tokens = folder / "tokens.map"
    kept = [line for line in tokens.read_text("utf-8").splitlines(True) if "the-revoked" not in line]
    tokens.write_text("".join(kept), "utf-8")

    subprocess.run([*nginx_command(folder), "-s", "reload"], check=True, capture_output=True)
    deadline = time.monotonic() + 30
    while post(proxied, headers=CLIENTS["the-revoked"]).status_code != 401:
        assert time.monotonic() < deadline

    assert before == 200
    assert post(proxied).status_code == 200


@pytest.fixture
def losing(tmp_path):
    """nginx in front of two servers that lose each request's answer, and the list of the requests they received."""
    received = []

    def lose(listener):
        with suppress(OSError):  # closed by the test
            while True:
                connection, _ = listener.accept()
                with connection:
                    received.append(connection.recv(65536))

    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        for listener in listeners:
            threading.Thread(target=lose, args=(listener,), daemon=True).start()
        servers = " ".join(f"server 127.0.0.1:{listener.getsockname()[1]};" for listener in listeners)
        yield stack.enter_context(proxy(servers, tmp_path)), received


def test_a_request_whose_answer_is_lost_is_not_sent_again(losing):
    running, received = losing

    answer = post(running)

    assert answer.status_code >= 500
    assert len(received) == 1


def test_a_head_that_is_not_complete_does_not_reach_the_server(losing):
    (url, certificate, _), received = losing
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=certificate)
    with (
        socket.create_connection((address.hostname, address.port), timeout=30) as bare,
        context.wrap_socket(bare, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: ")
        time.sleep(1)
        before = len(received)
        connection.sendall(b"a\r\n\r\n")
        answer = connection.recv(4096)

    assert before == 0
    assert answer
    assert received


def test_malformed_http_gets_json(proxied):
    url, certificate, _ = proxied

    answer = requests.post(
        f"{url}/invocations", data=b"x", headers={**TOKEN, "Content-Length": "-1"}, verify=certificate
    )

    assert answer.status_code == 400
    assert answer.json()["error_code"] == "BAD_REQUEST"


def test_too_many_requests_of_one_client_get_429(proxied):
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: post(proxied), range(60)))

    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 429)


def test_no_value_and_no_token_is_in_the_log(proxied):
    url, certificate, log = proxied
    requests.post(f"{url}/invocations?name=S3CRET", json={"inputs": "S3CRET"}, headers=TOKEN, verify=certificate)

    logged = log.read_text("utf-8")
    assert " tests POST /invocations " in logged
    assert "S3CRET" not in logged
    assert "of-the-tests" not in logged
