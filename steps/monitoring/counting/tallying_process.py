"""The subprocess of `counting`: it counts batches of requests against a reference.

Arrow batches of requests come by standard input, and a tally of each goes out by standard output. The input's end, or
the parent's, ends the process.
"""

import os
import sys
from pathlib import Path

import pyarrow as pa

from steps.monitoring.counting.tally import SCHEMA
from steps.monitoring.counting.tallying import RequestTally
from steps.monitoring.referencing.reference_file import from_bytes


def main(reference_file: str, identity: str) -> None:
    """Count each batch of `tallying.REQUESTS` against the reference in a file."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    tally = RequestTally(from_bytes(Path(reference_file).read_bytes()), identity)
    with pa.ipc.open_stream(sys.stdin.buffer) as requests, pa.ipc.new_stream(answers, SCHEMA) as stream:
        for batch in requests:
            stream.write_batch(tally.count(batch).to_batch())
            answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
