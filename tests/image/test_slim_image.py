"""The image of `make image`: the same decisions as outside, by a user without rights on a read-only file system."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests
from sqlalchemy import create_engine, func, select

from custom_model.decision_log.schema import decisions
from steps.run.settings import Settings
from tests.image.containers import COUNT, Container, container, container_of_the_host, docker, inspected, volume
from tests.serving.test_same_bits import inputs, records, split, to_the_bit

pytestmark = [pytest.mark.slow, pytest.mark.image]

HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
LOG = ("-e", "DECISION_LOG_URI=sqlite:////log/decisions.db")
JSON = {"Content-Type": "application/json"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}
ONE_WORKER = ("--model-uri", "/model")
LARGEST = 400_000_000  # bytes


@pytest.fixture(scope="module")
def started(slim, history, applications) -> Iterator[tuple[Container, int]]:
    """The image as docs/serving.md starts it, with a log on a volume and a history store; and its memory."""
    with volume("scoring-test-log") as log:
        store = ("-v", f"{history}:/history", "-e", "HISTORY_STORE_URI=sqlite:////history/history.db")
        with container(slim, *HARDENED, "-v", f"{log}:/log", *LOG, *store, "-e", "SHOW_DOCS=true") as running:
            running.post(inputs(applications[:1])).raise_for_status()
            yield running, running.memory()


@pytest.fixture
def serving(started) -> Container:
    return started[0]


def parquet(rows: list[dict]) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(rows).to_parquet(buffer)
    return buffer.getvalue()


def exact(answer: requests.Response) -> list[dict]:
    """The decisions to the last bit, without what differs from answer to answer."""
    assert answer.status_code == 200, answer.text
    return [{**to_the_bit(each), "recorded": None} for each in answer.json()["predictions"]]


def test_each_form_of_a_request_gets_the_decision_of_outside_to_the_last_bit(serving, outside, applications, table):
    bare = [{name: row[name] for name in row if name not in table.lineage.history} for row in applications]
    bodies = {
        "inputs": (json.dumps(inputs(applications)), JSON),
        "one": (json.dumps(inputs(applications[:1])), JSON),
        "records": (json.dumps(records(applications)), JSON),
        "split": (json.dumps(split(applications)), JSON),
        "parquet": (parquet(applications), PARQUET),
        "reasons": (json.dumps({**inputs(applications), "params": {"reasons": "all"}}), JSON),
        "store": (json.dumps(inputs(bare)), JSON),
        "alternatives": (json.dumps({**inputs(applications), "params": {"alternatives": "refused"}}), JSON),
        "simulated": (json.dumps({**inputs(applications), "params": {"simulate": True}}), JSON),
        "again": (json.dumps(inputs(applications[:2])), {**JSON, "Idempotency-Key": "the-same"}),
    }
    for name, (body, headers) in bodies.items():
        inside, reference = (
            exact(requests.post(f"{url}/invocations", data=body, headers=headers, timeout=120))
            for url in (serving.url, outside)
        )
        assert inside == reference, name
        assert len(inside) in (1, 2, len(applications))


def test_errors_and_other_paths_are_those_of_outside(serving, outside, applications):
    wrong = {"inputs": [{**applications[0], "AMT_CREDIT": "much", "SHOE": 1}]}
    inside, reference = (requests.post(f"{url}/invocations", json=wrong, timeout=60) for url in (serving.url, outside))

    assert inside.status_code == reference.status_code == 400
    assert inside.json() == reference.json()
    for path in ("/ping", "/health", "/version", "/metrics", "/openapi.json"):
        assert requests.get(serving.url + path, timeout=60).status_code == 200, path


def test_it_ends_with_status_0_and_the_log_on_a_volume_outlives_a_restart_and_the_container(slim, applications):
    with volume("scoring-test-kept") as kept:
        with container(slim, *HARDENED, "-v", f"{kept}:/log", *LOG, command=ONE_WORKER) as running:
            assert running.post(inputs(applications[:1])).json()["predictions"][0]["recorded"] is True
            docker("restart", running.name)
            running.wait_for(running.ready)
            assert running.post(inputs(applications[:1])).status_code == 200
            assert recorded(running) == 2
            docker("stop", "--time", "60", running.name)
            assert inspected(running.name, ".State.ExitCode") == 0
            assert inspected(running.name, ".State.OOMKilled") is False
        assert docker("run", "--rm", "-v", f"{kept}:/log", "--entrypoint", "python3", slim, "-c", COUNT) == "2"


def recorded(running: Container) -> int:
    return int(docker("exec", running.name, "python3", "-c", COUNT))


def test_the_log_may_be_in_postgresql(slim, applications, postgres):
    url = urlsplit(postgres)
    address = f"postgresql://{url.username}@127.0.0.1:{url.port}{url.path}"
    with container_of_the_host(slim, *HARDENED, "-e", f"DECISION_LOG_URI={address}", command=ONE_WORKER) as running:
        assert running.post(inputs(applications[:3])).status_code == 200

    with create_engine(postgres).connect() as connection:
        assert connection.execute(select(func.count()).select_from(decisions)).scalar() == 3


def test_it_is_unhealthy_where_the_log_is_not_there(slim):
    with container(
        slim, *HARDENED, "-e", "DECISION_LOG_URI=sqlite:////nowhere/log.db", ping="/ping", command=ONE_WORKER
    ) as running:
        check = inspected(slim, ".Config.Healthcheck.Test")[1:]

        assert inspected(running.name, ".State.Running")
        assert "SystemExit" not in docker("exec", running.name, *check, check=False)
        assert running.ready() is None
        assert exit_status(running.name, check) == "1"


def exit_status(name: str, command: list[str]) -> str:
    """The exit status of a command in the container, which has no shell to ask."""
    code = f"import subprocess; print(subprocess.run({command!r}).returncode)"
    return docker("exec", name, "python3", "-c", code)


def test_nothing_of_it_is_writable_but_its_volume_and_tmp(serving):
    code = """
import os
for folder in ("/", "/model", "/model/code/custom_model", os.path.dirname(os.__file__), "/etc", "/log", "/tmp"):
    print(folder, os.access(folder, os.W_OK))
"""
    writable = dict(line.split() for line in docker("exec", serving.name, "python3", "-c", code).splitlines())

    assert [folder for folder, is_writable in writable.items() if is_writable == "True"] == ["/log", "/tmp"]


def test_also_on_a_writable_file_system_its_files_belong_to_root(slim):
    code = """
import os
for root, folders, files in os.walk("/"):
    folders[:] = [each for each in folders if os.path.join(root, each) not in ("/proc", "/sys", "/dev")]
    for path in [os.path.join(root, each) for each in folders + files]:
        if not os.path.islink(path) and os.access(path, os.W_OK): print(path)
"""
    writable = docker("run", "--rm", "--entrypoint", "python3", slim, "-c", code).splitlines()

    assert [path for path in writable if not path.startswith(("/tmp", "/log"))] == []


def test_it_has_no_shell_no_package_manager_no_compiler_and_no_nginx(slim):
    code = """
import os
print(sorted(each for folder in ("/usr/bin", "/usr/sbin", "/usr/local/bin") for each in os.listdir(folder)))
import importlib.util as find
print([name for name in ("pip", "setuptools", "sklearn", "flask", "ensurepip") if find.find_spec(name)])
"""
    programs, found = docker("run", "--rm", "--entrypoint", "python3", slim, "-c", code).splitlines()

    assert programs == str(["python", "python3", "python3.11", "tini"])
    assert found == "[]"


def test_it_is_small_and_says_what_it_is(slim, champion):
    labels = inspected(slim, ".Config.Labels")

    assert inspected(slim, ".Size") < LARGEST
    assert labels["credit-scoring.model"] == f"credit-scoring/{champion.version}"
    assert labels["org.opencontainers.image.version"] == str(champion.version)
    assert labels["credit-scoring.run"]


def test_no_layer_and_no_variable_has_a_secret_or_a_path_of_the_builder(slim):
    layers = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", slim)
    variables = dict(each.split("=", 1) for each in inspected(slim, ".Config.Env"))

    assert Settings().tracking_uri not in layers
    assert str(Path.cwd()) not in layers
    assert set(variables) == {
        "PATH", "LANG", "HOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS",
        "MLFLOW_DISABLE_TELEMETRY",
    }  # fmt: skip


def test_its_modules_are_compiled_and_its_libraries_are_all_there(slim):
    code = """
import compileall, importlib.util, pathlib
root = pathlib.Path("/usr/local/lib/python3.11/site-packages")
modules = [path for path in [*root.rglob("*.py"), *pathlib.Path("/model/code").rglob("*.py")]]
missing = [path for path in modules if not pathlib.Path(importlib.util.cache_from_source(path)).exists()]
print(len(modules) > 1000, len(missing) < 20, missing[:20])
"""
    assert docker("run", "--rm", "--entrypoint", "python3", slim, "-c", code).startswith("True True")


def test_another_version_of_the_model_changes_only_the_last_layer(slim, champion):
    layers = inspected(slim, ".RootFS.Layers")

    assert len(layers) == 3
    sizes = docker("history", "--human=false", "--format", "{{.Size}}", slim).split()
    assert int(next(size for size in sizes if size != "0")) < 10_000_000  # the newest


def test_it_is_healthy_and_runs_as_nobody(started, slim, capsys):
    serving, memory = started
    with capsys.disabled():  # printed, not asserted: it is of this machine
        size = inspected(slim, ".Size")
        print(f"\nour image: {size / 1e6:.0f} MB, with two workers {memory / 1e6:.0f} MB of memory")
    serving.wait_for(lambda: inspected(serving.name, ".State.Health.Status") == "healthy")
    ids = docker("exec", serving.name, "python3", "-c", "import os; print(os.getuid(), os.getgid(), os.getgroups())")

    assert ids == "10001 10001 [10001]"
