"""Temporary folders of clients' data: gone after the block, and after a kill with the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from steps.run.scratch import YOUNG, scratch_folder
from steps.run.settings import PROJECT

HOLD = """
import sys, time
from pathlib import Path
from steps.run.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), "features") as folder:
    (folder / "clients.parquet").write_text("12345")
    print(folder, flush=True)
    time.sleep(300)
"""


def held(folder: Path) -> tuple[subprocess.Popen, Path]:
    """A process that holds a scratch folder, and the folder, which looks older than it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    scratch = Path(process.stdout.readline().strip())
    age(scratch)
    return process, scratch


def age(folder: Path) -> None:
    os.utime(folder, (0, folder.stat().st_mtime - 2 * YOUNG))


def test_a_folder_is_gone_after_its_block(tmp_path):
    with scratch_folder(tmp_path / "new", "features") as folder:
        (folder / "file").write_text("")
        assert folder.parent == tmp_path / "new"
        assert folder.name.startswith(".features-scratch-")

    assert not list((tmp_path / "new").iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_a_living_one_holds_is_not(tmp_path):
    killed, abandoned = held(tmp_path)
    living, used = held(tmp_path)
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (abandoned / "clients.parquet").exists()

        with scratch_folder(tmp_path, "features"):
            assert not abandoned.exists()
            assert (used / "clients.parquet").exists()
    finally:
        living.kill()
        living.wait()


def test_only_folders_of_its_own_name_are_removed(tmp_path):
    others = [tmp_path / name for name in (".history-scratch-a", ".features-old", ".features-scratch-file")]
    for other in others[:2]:
        other.mkdir()
        age(other)
    others[2].write_text("")

    with scratch_folder(tmp_path, "features"):
        assert all(other.exists() for other in others)


def test_a_folder_that_may_not_be_locked_yet_is_left(tmp_path):
    (tmp_path / ".features-scratch-new").mkdir()

    with scratch_folder(tmp_path, "features"):
        assert (tmp_path / ".features-scratch-new").exists()
