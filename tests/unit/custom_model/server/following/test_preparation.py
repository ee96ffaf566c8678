"""The follower of an alias, before it has asked the registry."""

from pathlib import Path

import pytest
import uvicorn

from custom_model.server.following.alias import Alias
from custom_model.server.following.preparation import follower_of
from custom_model.server.following.release import Release
from custom_model.server.following.status import following


@pytest.mark.parametrize(
    ("label", "version"), [("lender/7", "7"), ("another/7", None), ("lender", None), ("m-1f00/7", None)]
)
def test_the_version_that_the_server_started_with_is_followed_from_the_start(tmp_path: Path, label, version):
    served = Release(label)

    follower_of(Alias("lender", "champion"), 10.0, served, uvicorn.Config("custom_model.server.app:create"), tmp_path)

    assert following(str(tmp_path)) == {"alias": "lender@champion", "version": version, "problem": None}
