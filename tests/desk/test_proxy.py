"""docs/desk-nginx.conf in front of a real desk: people and roles, and what attackers try around them."""

import base64
import http.client
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from desk.access.bodies import MAX_BODY
from steps.run.settings import PROJECT
from testing.desk import desk_at
from testing.nginx import NoNginx, nginx_command, running_nginx

pytestmark = pytest.mark.slow

TOKEN = "a-secret-of-the-proxy-0123456789"
ROLES = {"ana": "officer", "cleo": "clerk", "ali": "analyst", "Étienne": "clerk", "o.neill": "clerk", "<i>x": "analyst"}
WITHOUT_ROLE = ("nobody", "ANA", "oxneill")
FORM = {"content-type": "application/x-www-form-urlencoded"}
CHANGES = {**FORM, "sec-fetch-site": "same-origin"}  # of a browser's form on the desk's own page


class Proxied(NamedTuple):
    """nginx, the certificate to trust, its folder, and the desk behind it."""

    url: str
    certificate: str
    folder: Path
    behind: str

    def ask(self, method: str, path: str, person: str | None, **options) -> requests.Response:
        login = (person.encode(), b"of-the-tests") if person else None
        return requests.request(
            method, self.url + path, auth=login, verify=self.certificate, timeout=30, allow_redirects=False, **options
        )


@pytest.fixture(scope="module")
def proxied(tmp_path_factory) -> Iterator[Proxied]:
    folder = tmp_path_factory.mktemp("desk-nginx")
    try:
        nginx_command(folder)
    except NoNginx as error:
        pytest.skip(str(error))
    command = ["openssl", "passwd", "-6", "of-the-tests"]
    hashed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (folder / "people").write_text("".join(f"{name}:{hashed}\n" for name in (*ROLES, *WITHOUT_ROLE)), "utf-8")
    roles = [f'"~^{name.replace(".", chr(92) + ".")}$" {role};\n' for name, role in ROLES.items()]
    (folder / "roles.map").write_text("".join(roles), "utf-8")
    (folder / "token.conf").write_text(f"proxy_set_header X-Desk-Token {TOKEN};\n", "utf-8")
    with desk_at(proxy_token=TOKEN, hosts=("localhost",), server_url="http://127.0.0.1:9", model_name="none") as behind:
        replaced = {"http://127.0.0.1:8502": behind, "server_name desk.example": "server_name localhost"}
        replaced |= {"rate=20r/s": "rate=200r/s"}
        with running_nginx(PROJECT / "docs" / "desk-nginx.conf", replaced, folder) as (url, certificate):
            yield Proxied(url, certificate, folder, behind)


@pytest.mark.parametrize(
    ("person", "role"), [("ana", "risk officer"), ("cleo", "clerk"), ("ali", "analyst"), ("o.neill", "clerk")]
)
def test_each_person_enters_in_their_role(proxied, person, role):
    answer = proxied.ask("GET", "/nowhere", person)

    assert answer.status_code == 404
    assert f"{person}, {role}" in answer.text
    assert answer.headers["strict-transport-security"]


def test_a_name_in_another_alphabet_and_one_of_html_are_shown_as_text(proxied):
    assert "Étienne, clerk" in proxied.ask("GET", "/nowhere", "Étienne").text
    assert "&lt;i&gt;x, analyst" in proxied.ask("GET", "/nowhere", "<i>x").text


def test_without_a_password_nobody_reaches_the_desk(proxied):
    wrong = requests.get(proxied.url + "/", auth=("ana", "guessed"), verify=proxied.certificate, timeout=30)

    assert proxied.ask("GET", "/", None).status_code == 401
    assert wrong.status_code == 401


@pytest.mark.parametrize("person", WITHOUT_ROLE)
def test_who_has_no_role_sees_why_also_under_a_name_that_is_nearly_anothers(proxied, person):
    answer = proxied.ask("GET", "/models", person)

    assert answer.status_code == 403
    assert "You have no role at this desk." in answer.text


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Desk-Role": "officer"},
        {"x-desk-role": "officer", "X-DESK-USER": "ana", "X-Desk-Token": TOKEN},
        {"X_Desk_Role": "officer"},
        {"Connection": "X-Desk-Role, X-Desk-Token", "X-Desk-Role": "officer"},
    ],
    ids=["role", "all three", "underscores", "hop by hop"],
)
def test_a_role_that_a_client_sends_itself_is_replaced(proxied, forged):
    shown = proxied.ask("GET", "/nowhere", "cleo", headers=forged).text
    refused = proxied.ask("GET", "/models", "cleo", headers=forged)

    assert "cleo, clerk" in shown
    assert refused.status_code == 403


def test_a_role_that_is_sent_twice_is_replaced_both_times(proxied):
    place = urlsplit(proxied.url)
    context = ssl.create_default_context(cafile=proxied.certificate)
    connection = http.client.HTTPSConnection(place.hostname, place.port, context=context, timeout=30)
    connection.putrequest("GET", "/models")
    connection.putheader("Authorization", "Basic " + base64.b64encode(b"cleo:of-the-tests").decode())
    for _ in range(2):
        connection.putheader("X-Desk-Role", "officer")
    connection.endheaders()

    assert connection.getresponse().status == 403


@pytest.mark.parametrize("person", ["cleo", "ali"])
@pytest.mark.parametrize("kind", ["approve", "promote", "rollback"])
def test_only_an_officer_changes_the_champion_whatever_is_posted(proxied, person, kind):
    form = {"ticket": "1", "champion": "", "reason": "because"}

    answer = proxied.ask("POST", f"/models/1/{kind}", person, data=form, headers=CHANGES)

    assert answer.status_code == 403
    assert "may not change the champion" in answer.text
    assert proxied.ask("GET", "/models/action", person).status_code == 403


def test_a_form_of_another_site_does_nothing_through_the_proxy_and_one_of_the_desk_does(proxied):
    def sent(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return proxied.ask("POST", "/language", "ana", data={"language": "fr"}, headers=named).status_code

    assert sent(sec_fetch_site="same-origin") == 303
    assert sent(origin=proxied.url) == 303
    assert sent(sec_fetch_site="cross-site") == sent(sec_fetch_site="same-site") == 403
    assert sent(origin="https://elsewhere.example") == sent(origin="null") == 403
    assert sent(origin=proxied.url.replace("https", "http").rpartition(":")[0]) == 403
    assert sent(origin=proxied.url, sec_fetch_site="cross-site") == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-desk-user": "ana", "x-desk-role": "officer"},
        {"x-desk-user": "ana", "x-desk-role": "officer", "x-desk-token": TOKEN[:-1]},
        {"x-desk-user": "ana", "x-desk-role": "officer", "x-desk-token": ""},
        {"x-desk-user": "ana", "x-desk-role": "officer", "authorization": f"Bearer {TOKEN}"},
    ],
    ids=["nothing", "no token", "a part of it", "an empty one", "elsewhere"],
)
def test_around_the_proxy_the_desk_lets_in_nobody(proxied, headers):
    answer = requests.get(f"{proxied.behind}/models", headers={"host": "localhost", **headers}, timeout=10)

    assert answer.status_code == 403
    assert "only what its reverse proxy sends" in answer.text


def test_a_name_that_is_not_the_desks_is_refused_through_the_proxy(proxied):
    answer = proxied.ask("GET", "/models", "ana", headers={"host": "elsewhere.example"})

    assert answer.status_code == 403
    assert "DESK_HOSTS" in answer.text


@pytest.mark.parametrize(
    "name", [b"ana\nX-Desk-Role: officer", b"ana\r\nX: y", b"ana\x00", b"a" * 5_000, b"ana%0aofficer"]
)
def test_a_login_that_is_no_persons_reaches_nothing(proxied, name):
    login = base64.b64encode(name + b":of-the-tests").decode()

    answer = proxied.ask("GET", "/models", None, headers={"authorization": f"Basic {login}"})

    assert answer.status_code in (400, 401, 403)


def test_a_form_of_100_mb_is_refused_by_the_proxy_and_by_the_desk_itself(proxied):
    entered = {"host": "localhost", "x-desk-token": TOKEN, "x-desk-user": "ana", "x-desk-role": "officer", **FORM}
    megabyte = b"a" * 1024 * 1024

    def grows() -> Iterator[bytes]:
        """In chunks, without a length."""
        yield from (megabyte for _ in range(100))

    through = refusal(lambda: proxied.ask("POST", "/language", "ana", data=megabyte * 2, headers=FORM).status_code)
    named = post_head(proxied.behind, {**entered, "content-length": str(100 * len(megabyte))})
    chunked = refusal(
        lambda: requests.post(f"{proxied.behind}/language", data=grows(), headers=entered, timeout=30).status_code
    )

    assert through in (413, None)
    assert named == 413
    assert chunked in (413, None)
    assert len(megabyte) >= MAX_BODY


def test_a_form_of_very_many_fields_is_a_page_that_says_so(proxied):
    answer = proxied.ask("POST", "/language", "ana", data="&".join(f"f{n}=1" for n in range(5_000)), headers=CHANGES)

    assert answer.status_code == 400
    assert "too many fields" in answer.text


@pytest.mark.parametrize("body", [b"%", b"=&=&;", b"language=%ff%00", b"\xff\xfe", b"language=" + b"%00" * 1000])
def test_a_broken_form_is_no_fault(proxied, body):
    answer = proxied.ask("POST", "/language", "ana", data=body, headers=CHANGES)

    assert answer.status_code in (303, 400)


def refusal(send) -> int | None:
    """The status of an answer; None where the connection was closed while the body was under way."""
    try:
        return send()
    except requests.ConnectionError:
        return None


def post_head(url: str, headers: dict[str, str]) -> int:
    """The status of the answer to a head whose body never comes."""
    place = urlsplit(url)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(("POST /language HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(4096).split()[1])
