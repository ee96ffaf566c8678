"""One rule for names that a user chooses, and what a message repeats of a wrong one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from steps.run.console import UserError
from steps.run.names import LONGEST_NAME, checked_name, checked_path, checked_uri, without_login
from steps.run.settings import PROJECT
from testing.forked import run_forked

# Each is refused by the option that takes it, before any data is read: there is none at this path.
NOWHERE = "/nowhere/clients.csv"
COMMANDS = {
    "model_name of train": ("train", "--data", NOWHERE, "--model-name"),
    "model_name of main": ("main", "--data", NOWHERE, "--model-name"),
    "model_name of promote": ("promote", "--data", NOWHERE, "--model-name"),
    "version of promote": ("promote", "--data", NOWHERE, "--version"),
    "study of tune": ("tune", "--data", NOWHERE, "--study"),
}


@pytest.mark.parametrize("name", ["autumn", "a", "7", "spring-2026", "a.b_c", "größe", "x" * LONGEST_NAME])
def test_a_name_of_letters_and_digits_is_a_name(name):
    assert checked_name("study", name, "autumn") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "a:b", "a@b", "o'x", 'a"b', "a b", "a\n", "..", "a..b", "-a", "a%", "a#", "x" * 101, "\x1b[2J"],
)
def test_another_is_refused_with_its_option(name):
    with pytest.raises(
        UserError, match=r"^study: expected up to 100 letters, digits, .* such as autumn; got "
    ) as error:
        checked_name("study", name, "autumn")

    assert str(error.value).isprintable()


@pytest.mark.parametrize(("command", "name"), zip(COMMANDS, ["a/b", "a:b", "a@b", "o'x", "a b"], strict=True))
@pytest.mark.slow
def test_every_option_refuses_what_a_uri_or_a_filter_cannot_bear_before_it_reads_anything(command, name):
    step, *options = COMMANDS[command]

    ended = run_forked("-m", f"steps.{step}", *options, name)

    assert ended.returncode == 2, ended.stderr[-2_000:]
    assert ended.stderr.startswith(f"error: {command.partition(' ')[0]}: expected ")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_file_name_that_is_no_text_is_refused_in_one_line(tmp_path):
    file = tmp_path / os.fsdecode(b"cl\xff.csv")
    file.write_text("SK_ID_CURR,TARGET\n1,0\n")

    ended = subprocess.run(
        [sys.executable, "-m", "steps.train", "--data", file], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "expected arguments in UTF-8" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("uri", ["models:/a\nb", "models:/\x1b[2J", "models:/" + "x" * 3_000])
def test_a_uri_is_one_line_that_mlflow_can_log(uri):
    with pytest.raises(UserError, match="model_uri: expected a URI of up to 2,000 printable characters, got") as error:
        checked_uri("model_uri", uri)

    assert str(error.value).isprintable()
    assert checked_uri("model_uri", "models:/lender@champion") == "models:/lender@champion"


@pytest.mark.parametrize(
    "uri",
    [
        "http://user:secretpw@127.0.0.1:1/m",
        "HTTPS://secretpw@host/m",
        "ftp://user:secr/etpw@host/m",
        "http://us/er:secretpw@host/m",
        "sftp://user:secretpw\x1b@host/m",
        "http://user:secretpw\n@host/m",
        "http://user:secretpw@host/" + "x" * 3_000,
        "mlflow-artifacts://user:secretpw@host/m",
        "abfss://user:secretpw@account/m",
        " http://user:secretpw@host/m",
    ],
)
def test_a_uri_with_a_login_is_refused_in_a_sentence_without_any_part_of_it(uri):
    with pytest.raises(UserError, match="model_uri: expected a URI without a user or password") as error:
        checked_uri("model_uri", uri)

    for part in ("secr", "etpw", "er:", "host"):
        assert part not in str(error.value)


@pytest.mark.parametrize("path", ["s3://user:secretpw@bucket/a.parquet", "file:///a.parquet", "~/a", "~me/a", "~"])
def test_a_path_that_would_be_a_folder_of_an_odd_name_is_refused_without_any_part_of_it(path):
    with pytest.raises(UserError, match="out: expected a path on this machine, got ") as error:
        checked_path("out", Path(path))

    assert "secretpw" not in str(error.value)


@pytest.mark.parametrize("path", ["/data/a.parquet", "data/a.parquet", "a.parquet", "~a.parquet", "s3:a.parquet", "."])
def test_a_path_of_this_machine_is_taken(path):
    assert checked_path("out", Path(path)) == Path(path)


@pytest.mark.parametrize(
    "uri",
    [
        "models:/lender@champion",
        "runs:/0a1b/model",
        "http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/m",
        "s3://bucket/me@lender/m",
        "abfss://container@account.dfs.core.windows.net/m",
        "file:///models/me@lender/m",
        "/models//me@lender/m",
    ],
)
def test_an_at_sign_elsewhere_is_no_login(uri):
    assert without_login("model_uri", uri) == checked_uri("model_uri", uri) == uri
