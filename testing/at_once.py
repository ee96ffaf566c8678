"""Several processes that begin the same task at the same moment, again and again."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# Each process imports once, says so, and then runs the task for each line of its input. Answers have a mark: a task
# prints lines of its own, the last perhaps without an end, and errors have any name.
MARK = "answer: "
LOOP = """
import sys
{imports}
print({mark!r} + "ready", flush=True)
for line in sys.stdin:
    place = line.strip()
    try:
        {task}
        print("\\n" + {mark!r} + "done", flush=True)
    except BaseException as error:
        print("\\n" + {mark!r} + type(error).__name__, " ".join(str(error).split())[:300], flush=True)
"""


def at_once(
    imports: str, task: str, places: Iterable[str], processes: int = 2, python: str | Path = sys.executable
) -> list[str]:
    """The answers of all processes for each place: "done", or the error of the task.

    `task` is one line of Python with the variable `place`. All processes have answered for one place before they get
    the next: this is the barrier.
    """
    command = [python, "-c", LOOP.format(imports=imports, task=task, mark=MARK)]
    started = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )
        for _ in range(processes)
    ]
    try:
        for process in started:
            _answer(process)
        answers = []
        for place in places:
            for process in started:
                assert process.stdin is not None
                print(place, file=process.stdin, flush=True)
            answers += [_answer(process) for process in started]
        return answers
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _answer(process: subprocess.Popen[str]) -> str:
    """The next answer, after whatever the task itself prints."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(MARK):
            return line.removeprefix(MARK).strip()
    raise AssertionError(f"a process ended with status {process.wait()}")
