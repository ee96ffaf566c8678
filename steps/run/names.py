"""The rule for names that a user chooses and that reach MLflow, a URI, a filter or a file's path."""

import re
from pathlib import Path

from custom_model.databases import has_login
from steps.run.console import UserError
from steps.run.printable import shown

LONGEST_NAME = 100  # characters; MLflow's registry stores 256, Optuna's database 512
LONGEST_URI = 2_000
LONGEST_REASON = 1_000
NAME = re.compile(rf"[^\W_](?:[\w.-]{{0,{LONGEST_NAME - 2}}}[\w-])?")  # unquoted in commands, URIs and filters


def checked_name(parameter: str, name: str, example: str) -> str:
    """The name, if it can be written anywhere without quotes; raise `UserError` with the parameter otherwise."""
    if not NAME.fullmatch(name) or ".." in name:
        raise UserError(
            f"{parameter}: expected up to {LONGEST_NAME} letters, digits, '-', '_' or '.', with a letter or digit "
            f"first, such as {example}; got {shown(name)}"
        )
    return name


def checked_uri(parameter: str, uri: str) -> str:
    """The URI, if it prints on one line and MLflow can log it; raise `UserError` with the parameter otherwise."""
    without_login(parameter, uri)
    if len(uri) > LONGEST_URI or not uri.isprintable():
        raise UserError(f"{parameter}: expected a URI of up to {LONGEST_URI:,} printable characters, got {shown(uri)}")
    return uri


def without_login(parameter: str, place: str) -> str:
    """The URI or path, if it has no user and password; raise `UserError` with the parameter, without any part of it."""
    if has_login(place):
        raise UserError(
            f"{parameter}: expected a URI without a user or password, which MLflow would record (with `mlflow run` it "
            "has done so: change that password): copy the file or model from there, and give the path of the copy"
        )
    return place


def checked_path(parameter: str, path: Path) -> Path:
    """The path, if it is of this machine; raise `UserError` for a URL, and for ~, which only a shell replaces.

    Either would silently be a folder of that name.
    """
    first, *rest = path.parts or ("",)
    if first == "~" or (rest and (first.startswith("~") or first.endswith(":"))):
        got = "one that starts with ~: write the folder in full" if first.startswith("~") else "a URL"
        raise UserError(f"{parameter}: expected a path on this machine, got {got}")
    return path


def checked_reason(parameter: str, reason: str) -> str:
    """The reason without blanks around it, if a person can read it in one line; raise `UserError` otherwise."""
    stripped = reason.strip()
    if not stripped or len(stripped) > LONGEST_REASON or not stripped.isprintable():
        got = "one that is longer, or has characters that cannot be printed" if stripped else "none"
        raise UserError(
            f"{parameter}: expected a reason in one line of up to {LONGEST_REASON:,} characters, got {got}: "
            f"-P '{parameter}=why, in words'"
        )
    return stripped
