"""LightGBM's private names: all uses of them are in this module.

The C functions themselves, LGBM_..., are LightGBM's documented C API; private is how Python reaches them. After an
upgrade, tests/unit/custom_model/test_single_row.py compares a prediction through them bit for bit.
"""

import ctypes

import lightgbm as lgb


def c_api() -> ctypes.PyDLL:
    """LightGBM's C library, called without releasing the GIL.

    `lightgbm.basic._LIB` is the package's own handle of it and has the file's name.
    """
    library = ctypes.PyDLL(lgb.basic._LIB._name)
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def handle(booster: lgb.Booster) -> ctypes.c_void_p:
    """The booster in the C library (`Booster._handle`), valid as long as the booster exists."""
    return booster._handle


def check(library: ctypes.PyDLL, status: int) -> None:
    """Raise `LightGBMError` (of `lightgbm.basic`) with the library's message for a status other than 0."""
    if status != 0:
        raise lgb.basic.LightGBMError(library.LGBM_GetLastError().decode("utf-8"))
