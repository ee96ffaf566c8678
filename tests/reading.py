"""A process that reads the history store in a loop until its input ends; see `constant_batch` of tests.published.

It prints each new version, finally the number of its reads, and exits with 1 if a read mixed two sets.
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
    store, latest, reads = HistoryStore(uri), None, 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        completed = store.complete(contract, Applications(ids, np.full((len(ids), columns), np.nan), {}))
        if set(completed.sources) != {"store"} or not (completed.values == float(completed.version)).all():
            sys.exit(f"version {completed.version}: {set(completed.sources)}, {np.unique(completed.values)}")
        reads += 1
        if completed.version != latest:
            latest = completed.version
            print(latest, flush=True)
    print("reads", reads)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
