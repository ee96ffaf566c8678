"""Requests of other pages: each header by which a browser names the page that sends a form."""

import pytest
from starlette.requests import Request

from desk.access.same_origin import check_origin
from desk.problems import Problem

HOST = b"127.0.0.1:8502"


def request_of(*headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "method": "POST", "headers": [(b"host", HOST), *headers]})


@pytest.mark.parametrize(
    "header",
    [
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-site", b"same-site"),
        (b"origin", b"http://127.0.0.1:8503"),
        (b"origin", b"null"),
        (b"origin", b"http://["),
        (b"origin", b""),
    ],
)
def test_a_form_of_another_page_is_refused_however_its_origin_is_written(header):
    with pytest.raises(Problem, match=r"problem\.other_site"):
        check_origin(request_of(header))


@pytest.mark.parametrize("headers", [[], [(b"origin", b"http://" + HOST)], [(b"sec-fetch-site", b"same-origin")]])
def test_the_desks_own_forms_and_programs_are_let_in(headers):
    check_origin(request_of(*headers))
