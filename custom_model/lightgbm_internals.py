"""LightGBM's private names: all uses of them are in this module.

The C API itself (LGBM_...) is documented; the way to it from Python is not. The model's requirements pin LightGBM, so
these names change only with an upgrade. After one, tests/unit/custom_model/test_single_row.py and
tests/unit/steps/training/test_bagging.py compare every bit with `Booster.predict`.
"""

import ctypes

import lightgbm as lgb


def c_library() -> ctypes.PyDLL:
    """LightGBM's C library, whose calls keep the GIL.

    `lightgbm.basic._LIB` is the library that LightGBM has loaded, through a `CDLL` that releases the GIL.
    """
    library = ctypes.PyDLL(lgb.basic._LIB._name)
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def handle_of(booster: lgb.Booster) -> ctypes.c_void_p:
    """The booster's handle in the C library, valid as long as the booster lives (`Booster._handle`)."""
    return booster._handle


def check(library: ctypes.PyDLL, status: int) -> None:
    """Raise `LightGBMError` with the library's message where the status of a call is not 0."""
    if status != 0:
        raise lgb.basic.LightGBMError(library.LGBM_GetLastError().decode("utf-8"))
