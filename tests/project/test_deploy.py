"""The files of deploy/: each read by the tool that will read it, or by its schema, and true to the project."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import psycopg
import pytest
import yaml

from custom_model.metrics.counters import Metrics
from custom_model.server.__main__ import DRAINED_WITHIN
from custom_model.server.supervisor import END_SECONDS
from steps.container.assemble import USER
from steps.publish import publish
from steps.run.settings import PROJECT, Settings

pytestmark = pytest.mark.slow

DEPLOY = PROJECT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
MANIFESTS = [KUBERNETES / "servers.yaml", KUBERNETES / "restart-on-promotion.yaml"]
RESOURCES = [each for path in MANIFESTS for each in yaml.safe_load_all(path.read_text("utf-8"))]
VARIABLES = {
    "IMAGE": "server:1",
    "POSTGRES_PASSWORD": "a",
    "LENDER_PASSWORD": "b",
    "DECIDER_PASSWORD": "c",
    "DESK_PASSWORD": "d",
}
OWN_METRIC = re.compile(r"credit_scoring_\w+")


def tool(name: str, package: str) -> str:
    """The program, or a skip that names Debian's package."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed (Debian's package {package})")
    return program


def output(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def resource(kind: str) -> dict:
    return next(each for each in RESOURCES if each["kind"] == kind)


@pytest.mark.parametrize("manifest", RESOURCES, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_each_manifest_is_valid_by_kubernetes_own_schema_without_unknown_fields(manifest):
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_an_invalid_manifest_is_not():
    wrong = {**resource("PodDisruptionBudget"), "spec": {"maxUnavailable": 1, "selektor": {}}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_pods_run_as_the_images_user_without_rights_on_a_read_only_file_system():
    pod = resource("Deployment")["spec"]["template"]["spec"]
    (server,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == USER
    assert pod["automountServiceAccountToken"] is False
    assert server["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "@" not in (KUBERNETES / "servers.yaml").read_text("utf-8").replace("@champion", "")  # a URL with a password
    stores = [each for each in server["env"] if each["name"] in ("DECISION_LOG_URI", "HISTORY_STORE_URI")]
    assert [sorted(each["valueFrom"]) for each in stores] == [["secretKeyRef"]] * 2


def test_a_rolling_update_and_a_stopped_container_have_the_time_that_a_server_takes_to_end():
    deployment = resource("Deployment")["spec"]
    pod = deployment["template"]["spec"]
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))

    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert pod["containers"][0]["livenessProbe"]["httpGet"]["path"] == "/ping"
    assert pod["terminationGracePeriodSeconds"] >= 5 + DRAINED_WITHIN + END_SECONDS
    assert int(compose["x-server"]["stop_grace_period"].removesuffix("s")) >= DRAINED_WITHIN + END_SECONDS


def test_the_autoscaler_scales_by_a_metric_that_the_adapter_makes_of_one_that_servers_have():
    (metric,) = resource("HorizontalPodAutoscaler")["spec"]["metrics"]
    (rule,) = yaml.safe_load((KUBERNETES / "metrics-adapter.yaml").read_text("utf-8"))["rules"]["custom"]
    exposed = Metrics("model/1").exposition().decode()

    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    assert re.search(rf"(?m)^{OWN_METRIC.findall(rule['seriesQuery'])[0]} ", exposed)


def test_the_compose_file_is_valid_for_compose_itself():
    program = tool("docker-compose", "docker-compose")
    file = DEPLOY / "compose" / "compose.yaml"

    configured = yaml.safe_load(output(program, "-f", file, "config", **VARIABLES))

    assert set(configured["services"]) == {"server-1", "server-2", "nginx", "postgres", "mlflow", "prometheus"}
    for name in ("server-1", "server-2"):
        assert configured["services"][name]["read_only"] is True
        assert "ports" not in configured["services"][name]
    published = [port for each in configured["services"].values() for port in each.get("ports", ())]
    assert [port for port in published if "127.0.0.1" not in str(port)] == [{"published": 8443, "target": 8443}]


def test_the_compose_file_demands_each_password_and_the_example_names_all_variables():
    text = (DEPLOY / "compose" / "compose.yaml").read_text("utf-8")
    example = (DEPLOY / "compose" / ".env.example").read_text("utf-8")
    demanded = set(re.findall(r"\$\{(\w+):\?", text))

    assert demanded == set(VARIABLES)
    assert demanded <= set(re.findall(r"(?m)^(\w+)=", example))
    assert re.findall(r"(?m)^\w*PASSWORD=.+$", example) == []


def test_nginx_of_the_compose_file_is_docs_nginx_conf_with_two_servers(tmp_path):
    ours = (DEPLOY / "compose" / "nginx.conf").read_text("utf-8")
    servers = "        server server-1:8080;\n        server server-2:8080;\n"
    documented = (PROJECT / "docs" / "nginx.conf").read_text("utf-8")
    assert ours == documented.replace("        server 127.0.0.1:5001;\n", servers)
    nginx, openssl = tool("nginx", "nginx"), tool("openssl", "openssl")
    key, certificate = tmp_path / "server.key", tmp_path / "server.crt"
    names = ("-subj", "/CN=localhost", "-keyout", key, "-out", certificate)
    output(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names)
    (tmp_path / "tokens.map").write_text('"Bearer x" tests;\n', "utf-8")
    (tmp_path / "temp").mkdir()
    # nginx looks the names up, which only the containers' network has.
    (tmp_path / "nginx.conf").write_text(re.sub(r"server-(\d):", r"127.0.0.\1:", ours), "utf-8")

    output(nginx, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log")


def test_prometheus_reads_its_configuration_and_each_alert_is_raised_when_it_should_be():
    promtool = tool("promtool", "prometheus")

    output(promtool, "check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    output(promtool, "test", "rules", DEPLOY / "prometheus" / "alerts_test.yaml")


def test_every_alert_is_tested_both_ways_and_asks_for_metrics_that_are_documented():
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))["groups"]
    tests = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yaml").read_text("utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    documented = "".join(
        (PROJECT / "docs" / page).read_text("utf-8") for page in ("reference/metrics.md", "monitoring.md")
    )

    for rule in groups[0]["rules"]:
        raised = [case for case in cases if case["alertname"] == rule["alert"] and case["exp_alerts"]]
        assert raised, rule["alert"]
        for name in OWN_METRIC.findall(rule["expr"]):
            assert f"`{re.sub('_bucket$', '', name)}`" in documented, name


@pytest.mark.slow
def test_the_roles_of_the_compose_file_can_add_records_and_neither_change_nor_delete_them(postgres, table):
    """deploy/compose/roles.sh and grants.sql on a real server, with the tables that `migrate` and `publish` create."""
    psql = tool("psql", "postgresql-client")
    server = psycopg.conninfo.conninfo_to_dict(postgres)
    address = {"PGHOST": server["host"], "PGPORT": str(server["port"])}
    compose = DEPLOY / "compose"
    passwords = {"LENDER_PASSWORD": "l", "DECIDER_PASSWORD": "d", "DESK_PASSWORD": "k"}
    output("sh", compose / "roles.sh", **address, POSTGRES_USER=server["user"], **passwords)
    owner = f"postgresql://lender:l@{server['host']}:{server['port']}/credit"
    decider = owner.replace("lender:l", "decider:d")
    output("python", "-m", "steps.decisions", "migrate", DECISION_LOG_URI=owner)
    publish(str(table.path), Settings(), owner)
    output(psql, "-v", "ON_ERROR_STOP=1", owner, "-f", compose / "grants.sql")

    with psycopg.connect(decider, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM history").fetchone()[0] > 0
        assert connection.execute("SELECT has_table_privilege('decisions', 'INSERT')").fetchone() == (True,)
        for statement in ("DELETE FROM decisions", "UPDATE decisions SET client_id = 1", "CREATE TABLE x (y int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    with psycopg.connect(owner.replace("lender:l", "desk:k"), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM history, decisions").fetchone() == (0,)
        for table_name in ("looks", "contests", "overrides"):
            row = connection.execute("SELECT has_table_privilege(%s, 'SELECT, INSERT')", [table_name]).fetchone()
            assert row == (True,), table_name
        for statement in (
            "DELETE FROM looks",
            "INSERT INTO decisions DEFAULT VALUES",
            "UPDATE overrides SET reason = ''",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_images_file_names_what_the_command_writes():
    dockerfile = (DEPLOY / "image" / "Dockerfile").read_text("utf-8")

    assert f"USER {USER}:{USER}" in dockerfile
    assert set(re.findall(r"(?m)^COPY (?!--from)(\S+)", dockerfile)) == {"requirements.txt", "assemble.py", "model"}
    assert Path(DEPLOY / "image" / "Dockerfile").stat().st_mode & 0o111 == 0
