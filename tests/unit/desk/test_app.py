"""The app's answers to what no page expects."""

import pytest
import requests

from desk import app as desk_app
from desk.access.headers import HEADERS
from testing.desk import desk_at


def test_a_fault_has_the_headers_of_every_page(monkeypatch):
    def broken(request):
        raise RuntimeError("broken")

    monkeypatch.setattr(desk_app, "home", broken)
    with desk_at() as url:
        answer = requests.get(url, timeout=10)

    assert answer.status_code == 500
    assert HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "punycode", "utf-16", "none"])
def test_a_form_in_another_encoding_than_utf8_is_refused(charset):
    body = b'--b\r\nContent-Disposition: form-data; name="decision"\r\n\r\n\\ud800+2AA-\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"

    with desk_at() as url:
        answer = requests.post(f"{url}/find", body, headers={"content-type": kind}, timeout=10)

    assert answer.status_code == 400
    assert "The form cannot be read" in answer.text
