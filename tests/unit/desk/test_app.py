"""The app's answers to what no page expects."""

import re

import pytest
import requests

from desk import app as desk_app
from desk.access.headers import HEADERS
from steps.run.console import UserError
from testing.desk import desk_at


def test_a_fault_has_the_headers_of_every_page_and_its_text_is_in_no_log(monkeypatch, caplog):
    text = "client 100002 is broken"

    def broken(request):
        raise RuntimeError(text)

    monkeypatch.setattr(desk_app, "home", broken)
    with desk_at() as url:
        answer = requests.get(url, timeout=10)

    assert answer.status_code == 500
    assert HEADERS.items() <= dict(answer.headers).items()
    (incident,) = [each.getMessage() for each in caplog.records if "incident" in each.getMessage()]
    assert re.search(r"incident ([0-9a-f-]{36})", incident)[1] in answer.text
    assert "RuntimeError at" in incident
    assert "100002" not in caplog.text


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "punycode", "utf-16", "none"])
def test_a_form_in_another_encoding_than_utf8_is_refused(charset):
    body = b'--b\r\nContent-Disposition: form-data; name="decision"\r\n\r\n\\ud800+2AA-\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"

    with desk_at() as url:
        answer = requests.post(f"{url}/find", body, headers={"content-type": kind}, timeout=10)

    assert answer.status_code == 400
    assert "The form cannot be read" in answer.text


@pytest.mark.parametrize(("host", "status"), [("DESK.example", 404), ("desk.Example:8443", 404), ("example", 403)])
def test_a_name_is_the_desks_whatever_its_capitals(host, status):
    with desk_at(hosts=("Desk.example",)) as url:
        answer = requests.get(f"{url}/nowhere", headers={"host": host}, timeout=10)

    assert answer.status_code == status


def test_a_sentence_of_the_project_is_in_english_on_a_french_page(monkeypatch):
    def absent(request):
        raise UserError("credit-scoring has no versions")

    monkeypatch.setattr(desk_app, "home", absent)
    with desk_at() as url:
        answer = requests.get(url, headers={"accept-language": "fr"}, timeout=10)

    assert '<p class="lead" lang="en">credit-scoring has no versions</p>' in answer.text
