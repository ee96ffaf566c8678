"""Servers as the documents start them: their requests and records, real PostgreSQL, and nginx."""

import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
import requests

from steps.run.settings import PROJECT
from tests.postgres import postgres_of_the_tests
from tests.recipes.documents import Command
from tests.recipes.following import FOUND, follow
from tests.recipes.inventory import PROXY_PORTS
from tests.recipes.shell import Shell

pytestmark = pytest.mark.slow


def test_serving_requests_and_records(shell):
    outputs = follow(shell, "serving")
    published, answer, simulation, offered, error, client, ready, metrics, listed, _, *by_people = outputs[:-2]
    contested, answered, after, replayed, watched, _, labelled, _ = by_people
    again = shell.run(FOUND["docs/api.md: Request a decision 1"])
    desk = requests.get(f"http://127.0.0.1:{shell.ports['8502']}/decide", timeout=30)

    assert "history set 1: " in published
    assert "Decide about an application" in desk.text
    (decision,) = json.loads(answer)["predictions"]
    assert decision["recorded"] is True
    assert decision["history"] == "store"
    assert json.loads(simulation)["predictions"][0]["simulated"] is True
    assert json.loads(error)["error_code"] == "BAD_REQUEST"
    assert client.strip() in ("granted", "refused")
    assert json.loads(ready)["stores"] == {"decision_log": True, "history_store": True}
    assert "credit_scoring_requests_total" in metrics
    assert decision["decision_id"] in listed
    assert re.match(r"(granted|refused|referred) \[", offered)
    assert "3 of 3 decisions" in listed
    assert " is contested: " in contested
    assert ": granted by " in answered
    assert re.search(r"client 100002  granted by .* \d{4}-\d\d-\d\d", after)
    assert "models:/credit-scoring/1 on 3 requests on record" in replayed
    assert "too few to be tested: 3 requests on record" in watched
    assert "too few to be tested: 3 requests on record" in labelled
    assert json.loads(again)["predictions"][0]["decision_id"] in (
        restored := shell.run(FOUND["docs/serving.md: The decision log 1"])
    )
    assert "4 of 4 decisions" in restored


def test_a_server_follows_the_champion(shell):
    follow(shell, "following")

    ready = json.loads(shell.run(FOUND["docs/serving.md: Readiness and metrics 1"]))

    assert ready["following"] == {"alias": "credit-scoring@champion", "version": "1", "problem": None}


def test_mlflows_own_server(shell):
    follow(shell, "mlflows_own_server")

    answer = shell.run(FOUND["docs/api.md: Request a decision 1"])

    assert json.loads(answer)["predictions"][0]["model"] == "credit-scoring/1"


def test_postgresql_from_an_empty_server_to_decisions_on_record(shell):
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed (Debian's package postgresql-client)")
    with postgres_of_the_tests() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE postgres SUPERUSER LOGIN")
            passwords_required(connection)
            port = connection.info.port
        shell.ports["5432"] = str(port)
        follow(shell, "postgresql")

        answer = shell.run(FOUND["docs/api.md: Request a decision 1"])

        (decision,) = json.loads(answer)["predictions"]
        assert (decision["recorded"], decision["history"]) == (True, "store")
        listing = FOUND["docs/serving.md: The decision log 1"].text
        listed = shell.run(Command("", f"DECISION_LOG_URI=postgresql://desk:$DESK@/credit {listing}", False))
        assert decision["decision_id"] in listed
        assert again_with_a_key(shell) == again_with_a_key(shell)
        changes = ("DELETE FROM decisions", "UPDATE decisions SET decision = 'x'", "CREATE TABLE mine (i int)")
        for forbidden in (*changes, "TABLE contests"):
            with pytest.raises(AssertionError, match="permission denied"):
                shell.run(Command("", f'psql -v ON_ERROR_STOP=1 $DECISION_LOG_URI -c "{forbidden}"', False))
        shell.close()


def passwords_required(connection: psycopg.Connection) -> None:
    """Let only the superusers in without a password, so that the recipe's passwords count."""
    (file,) = connection.execute("SHOW hba_file").fetchone()
    superusers = "".join(f"host all {name} 127.0.0.1/32 trust\n" for name in ("postgres", connection.info.user))
    Path(file).write_text(f"{superusers}host all all 127.0.0.1/32 scram-sha-256\n", "utf-8")
    connection.execute("SELECT pg_reload_conf()")


def again_with_a_key(shell: Shell) -> str:
    text = FOUND["docs/api.md: Request a decision 1"].text.replace("curl -s", "curl -s -H 'Idempotency-Key: order-66'")
    return shell.run(Command("", text, False))


def test_nginx_in_front_of_the_server_lets_only_the_token_pass(shell):
    if not Path("/usr/sbin/nginx").exists() or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed (Debian's packages nginx and openssl)")
    shell.run(Command("", "make serve", False))
    with tempfile.TemporaryDirectory(prefix="recipe-") as name:
        folder = Path(name)
        operator = Shell(folder, {"PATH": os.environ["PATH"], "HOME": name}, user=unprivileged(folder))
        operator.ports = {**shell.ports, "8443": operator.ports["8443"]}
        shutil.copytree(PROJECT / "docs", folder / "docs")
        configuration = (PROJECT / "docs" / "nginx.conf").read_text("utf-8")
        for port in PROXY_PORTS:
            assert port in configuration
            configuration = configuration.replace(port, operator.ports[port])
        (folder / "docs" / "nginx.conf").write_text(configuration, "utf-8")
        try:
            _, answer, _ = follow(operator, "nginx")
        finally:
            stop_nginx(folder)
        tokens = folder / "proxy" / "tokens.map"

        assert json.loads(answer)["predictions"][0]["decision"] in ("granted", "refused")
        assert tokens.stat().st_mode & 0o077 == 0
        assert len(re.findall(r'"Bearer [0-9a-f]{64}" name-of-the-client;', tokens.read_text("utf-8"))) == 1


def unprivileged(folder: Path) -> str | None:
    """The user to run nginx as, who owns the folder; None for the current one."""
    if os.geteuid() != 0:
        return None
    assert pwd.getpwnam("nobody")
    shutil.chown(folder, "nobody")
    return "nobody"


def stop_nginx(folder: Path) -> None:
    """End nginx where the recipe has not."""
    pid = folder / "proxy" / "nginx.pid"
    if pid.exists() and (number := pid.read_text("utf-8").strip()):
        subprocess.run(["kill", "-QUIT", number], check=False, capture_output=True)
