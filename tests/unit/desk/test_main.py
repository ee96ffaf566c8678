"""Where the desk listens."""

import socket

import pytest

from desk.__main__ import check_host, is_own, listening, warm
from desk.decision_server import DecisionServer
from desk.problems import Problem
from desk.settings import DeskSettings
from steps.run.console import UserError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_needs_no_proxy(host):
    assert is_own(host)
    check_host(host, DeskSettings(proxy_token=None))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "desk.example", "127.0.0.1.example", ""])
def test_others_reach_the_desk_only_through_a_proxy(host):
    with pytest.raises(UserError, match="Set DESK_PROXY_TOKEN"):
        check_host(host, DeskSettings(proxy_token=None))
    check_host(host, DeskSettings(proxy_token="a-secret-of-the-proxy"))


def test_a_port_that_is_in_use_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(UserError, match=rf"127\.0\.0\.1, port {port}: Address already in use; choose another"):
            listening("127.0.0.1", port)


def test_a_server_that_is_away_hinders_no_start():
    server = DecisionServer("http://127.0.0.1:9")

    warm(server)

    with pytest.raises(Problem, match=r"server\.down"):
        server.readiness()
