"""A reserved port: a server that sets SO_REUSEADDR listens there, another program cannot take it."""

import socket
import sys

import pytest

from steps.run.ports import ReservedPort

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reserves a port so")


def test_the_server_listens_on_its_port_again_and_again():
    port = ReservedPort()

    for _ in range(2):
        with (
            socket.create_server(("127.0.0.1", port.number)) as server,
            socket.create_connection(server.getsockname(), timeout=30),
        ):
            pass


def test_no_other_program_can_take_it_before_its_release():
    port = ReservedPort()

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port.number))


def test_whoever_asks_for_any_free_port_gets_another_one():
    reserved = [ReservedPort() for _ in range(200)]

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        assert len({other.getsockname()[1], *(port.number for port in reserved)}) == 201


def test_it_is_released_with_the_object_or_before():
    port, other = ReservedPort(), ReservedPort()
    release = port.release

    del port
    other.release()

    assert not release.alive
    assert not other.release.alive  # that another program can take it now, another program may disprove
