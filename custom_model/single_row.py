"""One row through LightGBM's C API, with the set-up that `Booster.predict` repeats for each call done once.

A server scores one row at a time, from several threads. `Booster.predict` crosses into C five times and
releases the GIL each time: at eight connections, waiting for it took 2 ms a request, for 0.3 ms of work. A
call through `PyDLL` keeps the GIL, so threads can share the configuration. They cannot share the result: the
GIL may change hands as soon as the call returns, and a thread would read another's row.
"""

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from custom_model.lightgbm_internals import c_library, check, handle_of

if TYPE_CHECKING:
    import lightgbm as lgb

RAW_SCORE = 1  # C_API_PREDICT_RAW_SCORE
FLOAT64 = 1  # C_API_DTYPE_FLOAT64
ALL_TREES = -1
PARAMETERS = b"num_threads=1"


class SingleRow:
    """Log-odds of a single row, bit for bit those of `Booster.predict`."""

    def __init__(self, booster: "lgb.Booster"):
        self._booster = booster  # its handle must outlive the configuration
        self._c = c_library()
        self._features = booster.num_feature()
        self._config = ctypes.c_void_p()
        check(
            self._c,
            self._c.LGBM_BoosterPredictForMatSingleRowFastInit(
                handle_of(booster),
                ctypes.c_int(RAW_SCORE),
                ctypes.c_int(0),
                ctypes.c_int(ALL_TREES),
                ctypes.c_int(FLOAT64),
                ctypes.c_int32(self._features),
                ctypes.c_char_p(PARAMETERS),
                ctypes.byref(self._config),
            ),
        )

    def log_odds(self, row: np.ndarray) -> float:
        """The raw score of a contiguous (features,) float64 row; raises `ValueError` for any other array."""
        if row.shape != (self._features,) or row.dtype != np.float64 or not row.flags.c_contiguous:
            raise ValueError(f"expected ({self._features},) float64 without gaps, got {row.shape} {row.dtype}")
        length, result = ctypes.c_int64(), ctypes.c_double()
        status = self._c.LGBM_BoosterPredictForMatSingleRowFast(
            self._config, ctypes.c_void_p(row.ctypes.data), ctypes.byref(length), ctypes.byref(result)
        )
        check(self._c, status)
        return result.value

    def __del__(self) -> None:
        if getattr(self, "_config", None):
            self._c.LGBM_FastConfigFree(self._config)
