"""`python` for a folder of prepared interpreters: asks for a fork of one, and stands for it until it ends.

Arguments: the socket of `testing.prepared`, the interpreter itself, and what `python` is given. What is not forked is
run by the interpreter itself. Few modules of the standard library alone: it starts in hundredths of a second.
"""

import json
import os
import signal
import socket
import sys

SERVERS = ("custom_model.server", "uvicorn", "pyspark.daemon")
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGTTIN, signal.SIGTTOU)


def is_forked(words: list[str]) -> bool:
    """Whether it is a command of the project, `mlflow run`, a server, or source: not another tool of a package.

    Spark's daemon is such a server: the workers that it forks import a model's packages, too.
    """
    kind, named, *arguments = [*words, "", ""]
    if kind != "-m":
        return kind == "-c"
    if named == "mlflow":
        return arguments[:1] in (["run"], ["models"], ["server"])
    return named in SERVERS or named.startswith("steps.")


def stand_for(address: str, words: list[str]) -> int:
    """Have the command run with this process's files, folder and variables; return its status, negative of a signal."""
    files = [each for each in map(int, os.listdir("/proc/self/fd")) if _is_open(each)]  # not the one that lists them
    request = {"words": words, "environment": dict(os.environ), "folder": os.getcwd(), "files": files}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        body = json.dumps(request).encode()
        socket.send_fds(connection, [len(body).to_bytes(8)], files)
        connection.sendall(body)
        with connection.makefile("r") as answers:
            process = int(answers.readline())
            for number in FORWARDED:
                signal.signal(number, lambda received, _: os.kill(process, received))
            status = answers.readline()
    if not status:
        raise SystemExit("the interpreter that commands are forked from has ended")
    return int(status)


def _is_open(file: int) -> bool:
    try:
        os.fstat(file)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    address, interpreter, *words = sys.argv[1:]
    if not is_forked(words):
        os.execv(interpreter, [interpreter, *words])
    status = stand_for(address, words)
    if status < 0:
        if -status in FORWARDED:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)
