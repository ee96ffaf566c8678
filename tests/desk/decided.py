"""Decisions on record, for tests of the pages that find them."""

import pandas as pd
import requests

from steps.tables.home_credit import ID


def decided(server: str, clients: pd.DataFrame) -> list[dict]:
    """The decisions about these clients, all on record, the refused ones with what would have been granted."""
    plain = clients.astype(object).where(clients.notna(), None).to_dict(orient="records")
    rows = [{name: int(value) if name == ID else value for name, value in row.items()} for row in plain]
    body = {"inputs": rows, "params": {"alternatives": "refused"}}
    return requests.post(f"{server}/invocations", json=body, timeout=60).json()["predictions"]


def refused_with_offer(decisions: list[dict]) -> dict:
    """A refusal with a smaller loan that would have been granted."""
    return next(each for each in decisions if each["decision"] == "refused" and each["alternatives"])
