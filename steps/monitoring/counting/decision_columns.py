"""The decisions of a window in columns, as they come in batches."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from steps.monitoring.observed import DecisionsInColumns
from steps.traffic.comparison import decisions_of, texts_of
from steps.traffic.recorded import reason_codes

NO_REASONS = ("[]", None)


class DecisionColumns:
    """Gathers batches of `recorded.SCHEMA`, without their requests: 200 bytes a decision and its ids."""

    def __init__(self) -> None:
        self._texts: dict[str, list[pa.Array]] = {
            name: [] for name in ("decision_id", "client_id", "model_version", "history")
        }
        self._times: list[np.ndarray] = []
        self._decided: list[pa.RecordBatch] = []
        self._own_threshold: list[np.ndarray] = []
        self._erased: list[np.ndarray] = []
        self._reasons: list[tuple[str, ...]] = []
        self._codes: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Add more decisions."""
        for name, parts in self._texts.items():
            parts.append(batch[name] if name == "decision_id" else batch[name].dictionary_encode())
        self._times.append(batch["decided_at"].to_numpy(zero_copy_only=False).astype("datetime64[us]"))
        self._decided.append(batch.select(["decision", "probability_of_default", "threshold"]))
        self._own_threshold.append(pc.equal(batch["threshold_source"], "request").to_numpy(zero_copy_only=False))
        self._erased.append(batch["fields"].is_null().to_numpy(zero_copy_only=False))
        self._reasons += map(self._reasons_of, batch["reasons"].to_pylist())

    def columns(self) -> DecisionsInColumns:
        """All that was added."""
        ids, clients, versions, history = (texts_of(parts) for parts in self._texts.values())
        return DecisionsInColumns(
            decided_at=np.concatenate([np.empty(0, "datetime64[us]"), *self._times]),
            decided=decisions_of(self._decided),
            decision_ids=ids,
            client_ids=clients,
            versions=versions,
            own_threshold=np.concatenate([np.empty(0, bool), *self._own_threshold]),
            history=history,
            reasons=self._reasons,
            erased=np.concatenate([np.empty(0, bool), *self._erased]),
        )

    def _reasons_of(self, text: str | None) -> tuple[str, ...]:
        """The codes; those of most decisions are one object."""
        if text in NO_REASONS:
            return ()
        codes = tuple(reason_codes(text))
        return self._codes.setdefault(codes, codes)
