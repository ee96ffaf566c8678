"""What /ready says that a server follows."""

import logging

import pytest

from custom_model.server.following.alias import Alias
from custom_model.server.following.status import FILE, Status, following

ALIAS = Alias("credit-scoring", "champion")


@pytest.fixture
def status(tmp_path) -> Status:
    return Status(ALIAS, tmp_path)


def test_a_worker_reads_what_the_supervisor_has_written(status, tmp_path):
    status.fails("version", "version 2: it is wrong", "2")

    assert following(str(tmp_path)) == {
        "alias": "credit-scoring@champion",
        "version": "2",
        "problem": "version 2: it is wrong",
    }
    status.follows("1")
    assert following(str(tmp_path)) == {"alias": "credit-scoring@champion", "version": "1", "problem": None}


def test_a_server_that_follows_nothing_says_nothing(tmp_path):
    assert following(None) is None
    assert following(str(tmp_path)) is None
    (tmp_path / FILE).write_bytes(b"{")
    assert following(str(tmp_path)) is None


def test_a_problem_is_one_line_of_the_log_however_often_it_comes(status, caplog):
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        status.fails("registry", "no answer")
    status.follows("1")
    status.follows("1")

    assert caplog.messages == [
        "credit-scoring@champion is not followed: no answer",
        "credit-scoring@champion is followed again",
    ]
