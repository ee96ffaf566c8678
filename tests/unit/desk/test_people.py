"""People behind a proxy: their names as the proxy's bytes are read."""

import pytest
from starlette.requests import Request

from desk.access.people import Right, demand, person_of
from desk.problems import Problem
from desk.settings import DeskSettings

TOKEN = "a-secret-of-the-proxy"


def request_of(name: bytes, role: bytes = b"officer", token: bytes = TOKEN.encode()) -> Request:
    headers = [(b"x-desk-token", token), (b"x-desk-user", name), (b"x-desk-role", role)]
    return Request({"type": "http", "headers": headers, "state": {}})


def person(*parts: bytes):
    return person_of(request_of(*parts), DeskSettings(proxy_token=TOKEN))


@pytest.mark.parametrize("name", ["ana", "Étienne", "Łukasz", "佐藤", "o'neill", "<b>ana</b>", "ana%0aroot"])
def test_a_name_is_read_as_utf8_and_kept_as_it_is(name):
    assert person(name.encode()).name == name


@pytest.mark.parametrize(
    "name",
    ["", "   ", "ana\nroot", "ana\x00", "ana\x1b[2J", "ana\u202eroot", "a" * 201],
    ids=["none", "blank", "newline", "NUL", "escape", "direction", "too long"],
)
def test_what_is_no_name_is_nobody(name):
    with pytest.raises(Problem) as problem:
        person(name.encode())

    assert problem.value.key == "problem.nobody"


def test_bytes_that_are_no_utf8_are_nobody():
    with pytest.raises(Problem, match=r"problem\.nobody"):
        person("Étienne".encode("latin-1"))


@pytest.mark.parametrize("role", [b"", b"Officer", b"officer,clerk", b"officer "])
def test_a_role_is_one_of_three_words_exactly(role):
    with pytest.raises(Problem, match=r"problem\.no_role"):
        person(b"ana", role)


@pytest.mark.parametrize("role", [b"clerk", b"analyst"])
def test_only_an_officer_governs(role):
    settings = DeskSettings(proxy_token=TOKEN)
    officer, other = request_of(b"ana"), request_of(b"ana", role)
    officer.state.person, other.state.person = person_of(officer, settings), person_of(other, settings)

    assert demand(officer, Right.govern).name == "ana"
    with pytest.raises(Problem) as problem:
        demand(other, Right.govern)
    assert problem.value.status == 403


def test_two_names_or_roles_are_none_since_a_proxy_that_adds_its_own_leaves_the_clients():
    request = request_of(b"ana", b"clerk")
    spoofed = [(b"x-desk-role", b"officer"), *request.scope["headers"]]

    with pytest.raises(Problem, match=r"problem\.no_role"):
        person_of(Request({**request.scope, "headers": spoofed}), DeskSettings(proxy_token=TOKEN))
    spoofed = [(b"x-desk-user", b"eve"), *request.scope["headers"]]
    with pytest.raises(Problem, match=r"problem\.nobody"):
        person_of(Request({**request.scope, "headers": spoofed}), DeskSettings(proxy_token=TOKEN))
