"""After the choice of a language the page goes on where it was."""

import pytest
from starlette.requests import Request

from desk.app import create_app
from desk.language_choice import page_before
from desk.settings import DeskSettings


@pytest.fixture(scope="module")
def app():
    return create_app(DeskSettings())


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://desk/watch?days=7&version=2", "/watch?days=7&version=2"),
        ("http://desk/models/3/promote", "/models/3/promote"),
        ("http://desk/decide/what-if", "/decide"),
        ("http://desk/decide/client?x=1", "/decide"),
        ("http://desk/find/decision/7a/again", "/find/decision/7a"),
        ("http://desk/nowhere", "/nowhere"),
        ("http://desk//elsewhere.example", "/"),
        ("http://desk/language", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_one_goes_back_to_a_page_that_can_be_opened_by_its_address(app, referer, page):
    headers = [(b"referer", referer.encode())] if referer else []
    request = Request({"type": "http", "method": "POST", "path": "/language", "headers": headers, "app": app})

    assert page_before(request) == page
