"""Files that stay as they are while they are read: else a digest would be of other bytes than the rows."""

from collections.abc import Iterable
from pathlib import Path

from steps.run.console import UserError


class Snapshot:
    """The state of files at one moment: the file behind each name, its size, and when it last changed.

    The system sets the time of a change itself: a file that was replaced and put back has another, too.
    """

    def __init__(self, files: Iterable[Path]):
        self._states = {file: _state(file) for file in files}

    def check(self) -> None:
        """Raise `UserError` where a file is no longer what it was."""
        for file, state in self._states.items():
            if _state(file) != state:
                raise UserError(
                    f"{file} was changed or replaced while it was read: run the command again, once nobody writes there"
                )


def _state(file: Path) -> tuple[int, ...]:
    status = file.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
