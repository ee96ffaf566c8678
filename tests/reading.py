"""A process that reads the history store again and again until its input ends; see `filled` of tests.published.

It prints each version that it comes to see, in the end the number of its reads, and ends with status 1 where a
read was not wholly of one set.
"""

import select
import sys

import numpy as np

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.history.store import HistoryStore


def main(uri: str, clients: int, columns: int) -> None:
    """Read some of the clients 1, 2, ...; in set n every value is n."""
    names = tuple(f"c{place}" for place in range(columns))
    contract = Contract(id="ID", numeric=names, categories={}, history=names)
    ids = list(range(1, clients + 1, clients // 50))
    store, seen, reads = HistoryStore(uri), None, 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        done = store.complete(contract, Applications(ids, np.full((len(ids), columns), np.nan), {}))
        if set(done.sources) != {"store"} or not (done.values == float(done.version)).all():
            sys.exit(f"version {done.version}: {set(done.sources)}, {np.unique(done.values)}")
        reads += 1
        if done.version != seen:
            seen = done.version
            print(seen, flush=True)
    print("reads", reads)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
