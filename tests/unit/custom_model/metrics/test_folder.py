"""The folder that the workers of one server share."""

import os
import subprocess
import sys
import tempfile

import pytest

from custom_model.metrics.folder import own_folder, shared_folder


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_workers_of_one_server_are_given_the_same_folder_which_nobody_else_may_read():
    folder = shared_folder(os.getpid())

    assert shared_folder(os.getpid()) == folder
    assert folder != shared_folder(os.getppid())
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folders_of_servers_that_are_gone_are_removed_and_those_of_others_stay(root):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    living, foreign = shared_folder(os.getppid()), root / "credit-scoring-else"
    left = shared_folder(gone.pid)
    (left / "counter_1.db").touch()
    foreign.mkdir()

    own = shared_folder(os.getpid())

    assert not left.exists()
    assert sorted(root.iterdir()) == sorted([own, living, foreign])


def test_a_name_that_another_has_taken_is_refused(root):
    folder = shared_folder(os.getpid())
    folder.rename(root / "elsewhere")
    folder.symlink_to(root / "elsewhere")

    with pytest.raises(ValueError, match="is another user's: remove it"):
        shared_folder(os.getpid())


def test_a_servers_own_folder_is_empty_at_first_and_gone_in_the_end():
    (shared_folder(os.getpid()) / "counter_1.db").touch()

    with own_folder() as folder:
        assert list(folder.iterdir()) == []

    assert not folder.exists()
