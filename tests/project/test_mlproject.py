"""The interface of MLproject: entry points, their parameters and their commands."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from testing.forked import run_forked

PROJECT = Path(__file__).resolve().parents[2]
ENTRIES = yaml.safe_load((PROJECT / "MLproject").read_text("utf-8"))["entry_points"]
INTERFACE = {
    "main": {"data", "model_name", "trials"},
    "features": {"data", "out", "engine"},
    "train": {"data", "model_name", "params", "most_features", "bag"},
    "tune": {"data", "trials", "timeout", "jobs", "storage", "study", "params"},
    "evaluate": {"model_uri", "data", "part", "fairness_price"},
    "compare": {"data", "families", "clients"},
    "promote": {"model_name", "version", "stage", "dry_run", "force", "to"},
    "approve": {"model_name", "version"},
    "rollback": {"model_name", "version", "reason"},
    "history": {"model_name", "verify"},
    "policy": {"model_name", "version"},
    "decisions": {"action", "id", "client", "since", "until", "out", "retention_days", "force", "yes"},
    "publish": {"data", "store"},
    "replay": {"model_name", "version", "policy", "since", "until", "outcomes", "export", "follow"},
}


@pytest.mark.parametrize("name", INTERFACE)
def test_entry_point_has_the_parameters_of_the_interface(name):
    assert INTERFACE[name] <= set(ENTRIES[name]["parameters"])


@pytest.mark.parametrize("name", [name for name in INTERFACE if "target" in ENTRIES[name]["parameters"]])
def test_an_entry_point_that_reads_a_lenders_file_has_all_that_names_its_parts(name):
    parameters = ENTRIES[name]["parameters"]

    assert {"target", "id", "default", "leaks"} <= set(parameters)
    assert "--default {default} --leaks {leaks}" in ENTRIES[name]["command"]


@pytest.mark.parametrize("name", ENTRIES)
def test_every_parameter_has_a_type_a_default_and_a_description(name):
    for parameter in ENTRIES[name]["parameters"].values():
        assert {"type", "default", "description"} == set(parameter)
        assert len(parameter["description"]) > 10


@pytest.mark.parametrize("name", ENTRIES)
def test_every_parameter_reaches_the_command_unquoted_and_once(name):
    # MLflow quotes values itself: quotes around a placeholder would allow shell injection.
    command = ENTRIES[name]["command"]

    assert sorted(re.findall(r"\{(\w+)\}", command)) == sorted(ENTRIES[name]["parameters"])
    assert "'" not in command
    assert '"' not in command


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTRIES)
def test_help_of_a_command_has_an_example_and_every_option(name):
    module = shlex.split(ENTRIES[name]["command"])[3]

    help_ = run_module(module, "--help")

    assert help_.returncode == 0
    assert f"python -m {module}" in re.sub(r"\s+", " ", help_.stdout)
    for parameter in ENTRIES[name]["parameters"].keys() - {"folder"}:  # the variable in front of the command
        assert f"--{parameter.replace('_', '-')}" in help_.stdout or f"[{parameter}]" in help_.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("steps.features", ["--data", "no/such/place"], "expected 'sample', a folder or a file"),
        ("steps.features", ["--data", "steps"], "expected application_train with one of"),
        ("steps.features", ["--engine", "abacus"], "abacus"),
        ("steps.features", ["--data", "README.md"], "expected a file that ends in .csv, .tsv,"),
        ("steps.promote", ["--model-name", "nobody", "--stage", "Staging"], "nobody has no versions"),
        ("steps.promote", ["--stage", "Retired"], "Retired"),
        ("steps.policy", ["--model-name", "nobody", "--version", "1"], "nobody has no versions"),
        ("steps.policy", ["--version", "seven"], "version: expected the number of a version"),
        ("steps.train", ["--leaks", "ignore"], "ignore"),
        ("steps.main", ["--trials", "-1"], "greater than or equal to 0"),
        ("steps.tune", ["--trials", "0"], "trials"),
        ("steps.sample", ["--clients", "0"], "clients"),
        ("steps.replay", ["--version", "seven"], "version: expected the number of a version"),
        ("steps.replay", ["--since", "yesterday"], "since: expected a day such as 2026-01-31"),
        ("steps.replay", ["--since", "2026-02-01", "--until", "2026-01-01"], "until: expected a time after since"),
        ("steps.replay", ["--follow", "true", "--policy", "today"], "follow: expected no policy with it"),
        ("steps.replay", ["--outcomes", "no/such.csv"], "found no file no/such.csv"),
        ("steps.decisions", ["--log", "mysqlite:///x"], "log: SQLAlchemy has no mysqlite"),
        ("steps.decisions", ["--log", "sqlite:////no/such.db"], "log: found no file /no/such.db"),
        ("steps.decisions", ["delete", "--since", "yesterday"], "since: expected a day such as 2026-01-31"),
        ("steps.decisions", ["delete", "--retention-days", "9999999999"], "36525"),
        ("steps.compare", ["--families", "dummy,oracle"], "expected 'all' or some of dummy, logistic-regression"),
        ("steps.compare", ["--clients", "-1"], "greater than or equal to 0"),
    ],
)
def test_a_users_mistake_is_reported_without_a_traceback(module, arguments, message):
    completed = run_module(module, *arguments)

    assert completed.returncode == 2
    assert message in completed.stderr
    assert "Traceback" not in completed.stderr


def run_module(module: str, *arguments: str) -> subprocess.CompletedProcess:
    return run_forked("-m", module, *arguments, COLUMNS="200", TERM="dumb")


def test_make_runs_the_whole_path_and_serves_on_own_data():
    own = ["DATA=my clients.csv", "TARGET=bad", "DEFAULT=Charged Off", "LEAKS=leave-out", "ID=client", "NAME=mine"]

    commands = subprocess.run(
        ["make", "-n", "run", "serve", *own], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout

    begun = ("mlflow run", "python -m steps.tracking.first_run", "python -m custom_model.server")
    run, serve = [shlex.split(line) for line in commands.splitlines() if line.startswith(begun)]
    assert {"data=my clients.csv", "target=bad", "default=Charged Off", "id=client", "model_name=mine"} <= set(run)
    assert "leaks=leave-out" in run
    assert run[run.index("--experiment-name") + 1] == "credit-scoring"
    assert serve[serve.index("--model-uri") + 1] == "models:/mine@champion"
