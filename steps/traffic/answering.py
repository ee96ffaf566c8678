"""Processes that answer batches of Arrow with batches, each by running a module of the project."""

import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

import mlflow
import pyarrow as pa

from steps.evaluation.in_subprocess import OF_SUBPROCESS
from steps.run.console import UserError
from steps.run.off_record import off_record
from steps.run.settings import PROJECT
from steps.traffic.own_code import MISTAKE

AHEAD = 2  # batches that wait for each process: it never waits for the reading
GRACE = 30.0  # seconds for a process to end once its input has

Ask = Callable[[pa.RecordBatch], "Future[pa.RecordBatch]"]


@contextmanager
def answering_processes(
    module: str,
    arguments: Sequence[str],
    schema: pa.Schema,
    failure: str,
    count: int,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Ask]:
    """A function that has the next free process answer a batch; the processes end with the block.

    Parameters
    ----------
    module, arguments
        What each process runs.
    schema
        Of the batches that it is asked.
    failure
        What a process failed at, as the start of a sentence.
    count
        Number of processes.
    environment
        Variables of a process beside those of this one, which has no stores for it by itself.
    """
    with ExitStack() as stack:
        idle = deque(
            stack.enter_context(_process(module, arguments, schema, failure, environment or {})) for _ in range(count)
        )
        threads = stack.enter_context(ThreadPoolExecutor(count))  # one a process: there is always one that is idle

        def ask(batch: pa.RecordBatch) -> pa.RecordBatch:
            process = idle.popleft()
            try:
                return process.answer(batch)
            finally:
                idle.append(process)

        try:
            yield lambda batch: threads.submit(ask, batch)
        finally:
            threads.shutdown(cancel_futures=True)


class _Process:
    """A process that has its module loaded."""

    def __init__(self, process: "subprocess.Popen[bytes]", schema: pa.Schema, errors: IO[bytes], failure: str):
        self._process = process
        self._errors = errors
        self._failure = failure
        assert process.stdin is not None
        self._questions = pa.ipc.new_stream(process.stdin, schema)
        self._answers: pa.RecordBatchReader | None = None

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The answer to one batch; raise `UserError` where the process has ended."""
        try:
            self._questions.write_batch(batch)
            assert self._process.stdin is not None
            self._process.stdin.flush()
            if self._answers is None:
                self._answers = pa.ipc.open_stream(self._process.stdout)
            return self._answers.read_next_batch()
        except (OSError, StopIteration, pa.ArrowException):
            raise UserError(self._reason()) from None

    def _reason(self) -> str:
        status = self._process.wait(GRACE)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        if status < 0:
            likely = ", as the system does where memory is short" if -status == signal.SIGKILL else ""
            return f"{self._failure}: signal {-status} ended it{likely}"
        last = lines[-1] if lines else f"exit status {status}"
        return last if status == MISTAKE else f"{self._failure}: {last}"


@contextmanager
def _process(
    module: str, arguments: Sequence[str], schema: pa.Schema, failure: str, environment: Mapping[str, str]
) -> Iterator[_Process]:
    """A process that runs the module; it ends with the block, or with this process."""
    with tempfile.TemporaryFile(prefix="credit-scoring-") as errors:
        with off_record():
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=PROJECT,
                env={**os.environ, **OF_SUBPROCESS, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            yield _Process(process, schema, errors, failure)
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # it has ended, and what was written last never arrived
                    pipe.close()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
