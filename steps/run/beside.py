"""A command with what others leave of the processor: `python beside.py COMMAND ARGUMENTS`.

Run as a script, which the command then replaces. Linux may weigh sessions against each other before it weighs the
processes in each of them, so that a server with a session of its own must give way as a session, too.
"""

import os
import sys
from contextlib import suppress

NICENESS = 10
SESSION = "/proc/self/autogroup"


def give_way() -> None:
    """Give this process a lower priority, and its session where it is its own, wherever there is such a thing."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with suppress(OSError), open(SESSION, "w") as session:
            session.write(str(NICENESS))


if __name__ == "__main__":
    give_way()
    os.execvp(sys.argv[1], sys.argv[1:])
