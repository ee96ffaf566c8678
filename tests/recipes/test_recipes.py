"""The commands of the documents work as they are written: in a fresh copy, against real PostgreSQL and nginx."""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pytest
import requests

from steps.run.settings import PROJECT, Settings
from steps.sample import write_sample
from tests.postgres import postgres_of_the_tests
from tests.recipes.documents import Command, commands
from tests.recipes.inventory import GATE, JOURNEYS, PROXY_PORTS
from tests.recipes.shell import Shell

pytestmark = pytest.mark.slow

CLIENTS = 4_000  # in place of the sample's 10,000
FOUND = commands(PROJECT)
PASSED_ON = ("HOME", "LANG", "TMPDIR", "JAVA_HOME")


def copy_project(folder: Path) -> Path:
    """A fresh copy of the project's files, with this environment in .venv and a small sample in the sample's place."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=PROJECT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("the project is not a git repository, so its own files are unknown")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    lower_gate(folder / "policy.yaml")
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".ready":
            (folder / ".venv" / entry.name).symlink_to(entry)
    (folder / ".venv" / ".ready").touch()  # newer than uv.lock: `make` sets up no other
    return folder


def lower_gate(policy: Path) -> None:
    """Limits that a model of few clients passes; the project's own need the whole sample, and minutes."""
    before, gate, after = re.split(r"(?ms)^(promotion:.*?)(?=^\w)", policy.read_text("utf-8"))
    for limit, value in GATE.items():
        gate, count = re.subn(rf"(?m)^  {limit}: \S+", f"  {limit}: {value}", gate)
        assert count == 1, limit
    policy.write_text(f"{before}{gate}{after}", "utf-8")


def small_sample(folder: Path) -> Path:
    """The folder in which the sample is looked for, with fewer clients."""
    settings = Settings()
    sample = folder / "data" / f"sample-{settings.sample_clients}-{settings.seed}"
    write_sample(sample, CLIENTS, settings.seed)
    return sample


def shell_in(folder: Path) -> Shell:
    """A shell with an activated environment and none of the tests' own variables."""
    path = os.pathsep.join([str(folder / ".venv" / "bin"), os.environ["PATH"]])
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return Shell(folder, {**passed_on, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"})


@pytest.fixture(scope="module")
def lender(tmp_path_factory) -> Path:
    """A copy in which the champion of README's first command is registered."""
    folder = copy_project(tmp_path_factory.mktemp("lender"))
    small_sample(folder)
    (output,) = follow(shell_in(folder), "first_hour")
    assert "credit-scoring version 1 is champion" in output
    return folder


@pytest.fixture
def shell(lender) -> Iterator[Shell]:
    """A new shell in it."""
    shell = shell_in(lender)
    yield shell
    shell.close()


def follow(shell: Shell, journey: str) -> list[str]:
    """Run the journey's commands; return their outputs. An id that one prints is the next one's RUN_ID."""
    outputs = []
    for name in JOURNEYS[journey]:
        outputs.append(shell.run(FOUND[name]))
        printed = re.findall(r"params=runs:/(\w+)/params.json", outputs[-1])
        if printed:
            shell.environment["RUN_ID"] = printed[0]
    return outputs


@pytest.fixture
def own_policy(lender) -> Iterator[None]:
    """policy.yaml, restored at the end; on few clients each training, and each cost, would demand other fields."""
    file = lender / "policy.yaml"
    before = file.read_text("utf-8")
    file.write_text(re.sub(r"(?m)^most_won_by_omission: \S+", "most_won_by_omission: 0.9", before), "utf-8")
    yield
    file.write_text(before, "utf-8")


@pytest.mark.usefixtures("own_policy")
def test_governance_from_the_first_champion_to_a_rollback(shell):  # the first test: the page's numbers are 1 and 2
    before, changed, judged, waiting, approved, back, after = follow(shell, "governance")

    assert re.search(r"1 .* promotion +1 +champion", before)
    assert "costs 12 : 1 (threshold 0.0769) in place of 10 : 1 (threshold 0.0909)" in changed
    assert "credit-scoring version 2 would pass the gate; nothing moved and nothing is on record" in judged
    assert "credit-scoring version 2 waits for the approval of another person" in waiting
    assert "credit-scoring version 2 is approved, and champion" in approved
    assert "credit-scoring version 1 is champion again in place of version 2" in back
    assert [line.split()[4] for line in after.splitlines() if re.match(r" +\d+ ", line)] == [
        "rollback",
        "approval",
        "promotion",
        "policy",
        "promotion",
    ]
    assert re.search(r"maria +approval", after)
    assert "whole: 5 records" in after


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
        listed = shell.run(FOUND["docs/serving.md: The decision log 1"])
        assert decision["decision_id"] in listed
        assert again_with_a_key(shell) == again_with_a_key(shell)
        for forbidden in ("DELETE FROM decisions", "UPDATE decisions SET decision = 'x'", "CREATE TABLE mine (i int)"):
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


def test_tuning_and_training_with_what_it_found(shell):
    _, trained = follow(shell, "tuning")

    assert "Created version" in trained


@pytest.mark.usefixtures("own_policy")
def test_entry_points_one_by_one(shell):
    output, reported = follow(shell, "entry_points")

    assert "is champion" in output or "stays champion" in output
    assert "business score" in output
    assert "credit-scoring/1 on " in reported


@pytest.mark.usefixtures("own_policy")
def test_another_policy(shell):
    changed, promoted = follow(shell, "another_policy")

    assert "credit-scoring version 1 has this policy already: no new version" in changed
    # Of the latest version, which is the champion already where no other test has trained one.
    assert re.search(r"is champion|stays champion|is the champion already", promoted)


def test_points_are_those_that_the_page_prints(shell):
    (printed,) = follow(shell, "points")

    assert printed.strip() == "600 620 554"
    assert f"prints `{printed.strip()}`" in (PROJECT / "docs" / "api.md").read_text("utf-8")


def test_clients_are_reviewed_as_the_page_prints(shell):
    (printed,) = follow(shell, "review")

    assert printed.strip() == "[False, True, True, False]"
    assert f"prints `{printed.strip()}`" in (PROJECT / "docs" / "governance.md").read_text("utf-8")


def test_a_lenders_flat_file(tmp_path):
    folder = copy_project(tmp_path)
    chance = np.random.default_rng(0)
    limit, late = chance.lognormal(11, 1, 4_000), chance.poisson(0.7, 4_000)
    risk = 1 / (1 + np.exp(2.5 - late + 0.1 * (limit > 60_000)))
    pd.DataFrame(
        {
            "ID": np.arange(1, 4_001),
            "LIMIT_BAL": limit.round(),
            "PAY_0": late,
            "EDUCATION": chance.choice(["school", "university"], 4_000),
            "default.payment.next.month": (chance.random(4_000) < risk).astype(int),
        }
    ).to_csv(folder / "clients.csv", index=False)

    (output,) = follow(shell_in(folder), "a_flat_file")

    assert "is champion" in output
    assert "decided by" in output


def test_a_sample_of_another_size(lender, shell):
    follow(shell, "a_sample")

    assert len(pd.read_parquet(lender / "data" / "sample-50k" / "truth.parquet")) == 500
