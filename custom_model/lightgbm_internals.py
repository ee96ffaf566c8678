"""LightGBM's private names: all uses of them are in this module.

The C API itself (LGBM_...) is documented; the way to it from Python is not. The model's requirements pin LightGBM, so
these names change only with an upgrade. After one, tests/unit/custom_model/test_single_row.py and
tests/unit/steps/training/test_bagging.py compare every bit with `Booster.predict`.
"""

import ctypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import lightgbm as lgb


def import_alone() -> None:
    """Import LightGBM without scikit-learn, for a process that only scores: a second of processor time, and 35 MB.

    LightGBM takes scikit-learn for optional, and imports it for `LGBMClassifier` and its like alone, which then raise
    an error. A process that has imported either already keeps what it has, and scikit-learn itself can be imported
    later.
    """
    if "lightgbm" in sys.modules or "sklearn" in sys.modules:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # "import of sklearn halted"
    try:
        import lightgbm  # noqa: F401
    finally:
        del sys.modules["sklearn"]


def load_booster(file: str | Path) -> "lgb.Booster":
    """The booster in LightGBM's text format; LightGBM is imported with the first, as most commands load none."""
    import lightgbm as lgb

    return lgb.Booster(model_file=file)


def c_library() -> ctypes.PyDLL:
    """LightGBM's C library, whose calls keep the GIL.

    `lightgbm.basic._LIB` is the library that LightGBM has loaded, through a `CDLL` that releases the GIL.
    """
    import lightgbm as lgb

    library = ctypes.PyDLL(lgb.basic._LIB._name)
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def handle_of(booster: "lgb.Booster") -> ctypes.c_void_p:
    """The booster's handle in the C library, valid as long as the booster lives (`Booster._handle`)."""
    return booster._handle


def check(library: ctypes.PyDLL, status: int) -> None:
    """Raise `LightGBMError` with the library's message where the status of a call is not 0."""
    if status != 0:
        import lightgbm as lgb

        raise lgb.basic.LightGBMError(library.LGBM_GetLastError().decode("utf-8"))
