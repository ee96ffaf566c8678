"""No part of a password is in what a command prints, whatever characters it has, wherever its URL is given."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from testing.forked import run_forked

pytestmark = pytest.mark.slow

FIRST, SECOND = "Xq7vKw", "Zr9tBn"  # the halves of a password, which nothing else contains
SEPARATORS = ["@", "@:", "/@", "?@", "@[é"]
DATABASE = "postgresql://lender:{}@127.0.0.1:1/credit"
WEB = "http://lender:{}@127.0.0.1:1"
ESCAPED = "%40"
SERVER = ["-m", "custom_model.server", "--model-uri"]
COMMANDS = {
    "decisions": (["-m", "steps.decisions", "list"], {"DECISION_LOG_URI": DATABASE}),
    "decisions --log": (["-m", "steps.decisions", "migrate", "--log", DATABASE], {}),
    "publish --data": (["-m", "steps.publish", "--data", "http://lender:{}@127.0.0.1/loans"], {}),
    "publish": (["-m", "steps.publish", "--data", "{table}"], {"HISTORY_STORE_URI": DATABASE}),
    "train": (["-m", "steps.train", "--data", "{table}"], {"MLFLOW_TRACKING_URI": DATABASE}),
    "train --data": (["-m", "steps.train", "--data", "http://lender:{}@127.0.0.1/loans.csv"], {}),
    "train --params": (["-m", "steps.train", "--data", "{table}", "--params", "ftp://lender:{}@127.0.0.1/p.json"], {}),
    "evaluate": (["-m", "steps.evaluate", "--data", "{table}", "--model-uri", "ftp://lender:{}@127.0.0.1/model"], {}),
    "score --data": (["-m", "steps.score", "--data", "http://lender:{}@127.0.0.1/loans.csv"], {}),
    "score": (["-m", "steps.score", "--data", "{table}", "--record", "true"], {"DECISION_LOG_URI": DATABASE}),
    "train on a server": (["-m", "steps.train", "--data", "{table}"], {"MLFLOW_TRACKING_URI": WEB}),
    "train, registry": (["-m", "steps.train", "--data", "{table}"], {"MLFLOW_REGISTRY_URI": DATABASE}),
    "tune": (["-m", "steps.tune", "--data", "{table}", "--trials", "1"], {"TUNE_STORAGE_URL": DATABASE}),
    "server, tracking": ([*SERVER, "models:/none@champion"], {"MLFLOW_TRACKING_URI": DATABASE}),
    "server, tracking on a server": ([*SERVER, "models:/none@champion"], {"MLFLOW_TRACKING_URI": WEB}),
    "server --model-uri": ([*SERVER, "http://lender:{}@127.0.0.1:1/model"], {}),
    "server, model": ([*SERVER, "ftp://lender:{}@127.0.0.1/model"], {}),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_part_of_a_password_is_printed(command, table, tmp_path, tracking):
    arguments, variables = COMMANDS[command]

    def run(separator: str) -> subprocess.CompletedProcess:
        given = {"{}": f"{FIRST}{separator}{SECOND}", "{table}": str(table.path)}
        stores = {name: _filled(url, given) for name, url in variables.items()}
        places = {"MLFLOW_TRACKING_URI": tracking, "CREDIT_SCORING_FOLDER": str(tmp_path), **stores}
        return run_forked(*(_filled(word, given) for word in arguments), **places)

    # MLflow tries for minutes to reach a server or registry of its own whose address can be read.
    is_quick = "server, " not in command and "registry" not in command
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, [*SEPARATORS, ESCAPED] if is_quick else SEPARATORS))

    for process in ended:
        told = process.stdout + process.stderr
        assert process.returncode == 2, told
        assert "error: " in told
        assert "Traceback" not in told
        assert [piece for piece in _pieces() if piece.lower() in told.lower()] == [], told


def test_a_login_in_a_models_uri_is_not_recorded(table, tmp_path):
    store = tmp_path / "mlflow.db"
    uri = f"http://lender:{FIRST}@127.0.0.1:1/m"

    command = ["-m", "steps.evaluate", "--data", table.path, "--model-uri", uri]

    ended = run_forked(*command, MLFLOW_TRACKING_URI=f"sqlite:///{store}", CREDIT_SCORING_FOLDER=str(tmp_path))

    assert ended.returncode == 2
    assert ended.stderr.startswith("error: model_uri: expected a URI without a user or password, which MLflow would")
    assert [file for file in tmp_path.rglob("*") if file.is_file() and FIRST.encode() in file.read_bytes()] == []


def _filled(text: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        text = text.replace(name, value)
    return text


def _pieces() -> set[str]:
    return {half[start : start + 4] for half in (FIRST, SECOND) for start in range(len(half) - 3)}
