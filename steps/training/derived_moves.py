"""How each derived feature moves with the fields that it derives from, as its formula in derived.py says."""

from collections.abc import Mapping
from typing import NamedTuple

SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
CREDIT, ANNUITY, GOODS, INCOME = "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"
MEMBERS, CHILDREN, BIRTH, EMPLOYED = "CNT_FAM_MEMBERS", "CNT_CHILDREN", "DAYS_BIRTH", "DAYS_EMPLOYED"


class Moves(NamedTuple):
    """The fields with which a feature moves.

    Where one of `rises` grows and all others stay, the feature never falls; where one of `falls` grows, it never rises;
    with one of `turns` it does both. No value of another field changes it, though a missing one may. All this holds of
    quantities within the fields' bounds, which 365243 days of employment are not, as long as the feature has a value,
    which a ratio to 0 has not.
    """

    rises: tuple[str, ...] = ()
    falls: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()


MOVES: Mapping[str, Moves] = {
    "EXT_SOURCE_MEAN": Moves(rises=SCORES),
    "EXT_SOURCE_MIN": Moves(rises=SCORES),
    "EXT_SOURCE_MAX": Moves(rises=SCORES),
    "EXT_SOURCE_STD": Moves(turns=SCORES),
    "EXT_SOURCE_PRODUCT": Moves(rises=SCORES),
    "EXT_SOURCE_WEIGHTED": Moves(rises=SCORES),
    "EXT_SOURCE_KNOWN": Moves(),
    "CREDIT_BY_EXT_SOURCE": Moves(rises=(CREDIT,), falls=SCORES),
    "ANNUITY_BY_EXT_SOURCE": Moves(rises=(ANNUITY,), falls=SCORES),
    "AGE_BY_EXT_SOURCE": Moves(falls=(*SCORES, BIRTH)),
    "TERM": Moves(rises=(CREDIT,), falls=(ANNUITY,)),
    "CREDIT_TO_GOODS": Moves(rises=(CREDIT,), falls=(GOODS,)),
    "CREDIT_ABOVE_GOODS": Moves(rises=(CREDIT,), falls=(GOODS,)),
    "CREDIT_TO_INCOME": Moves(rises=(CREDIT,), falls=(INCOME,)),
    "ANNUITY_TO_INCOME": Moves(rises=(ANNUITY,), falls=(INCOME,)),
    "INTEREST_MIN": Moves(turns=(ANNUITY, CREDIT)),
    "INTEREST_MEAN": Moves(turns=(ANNUITY, CREDIT)),
    "INTEREST_MAX": Moves(turns=(ANNUITY, CREDIT)),
    "INCOME_PER_FAMILY_MEMBER": Moves(rises=(INCOME,), falls=(MEMBERS,)),
    "CHILDREN_SHARE": Moves(rises=(CHILDREN,), falls=(MEMBERS,)),
    "IS_EMPLOYED": Moves(),
    "YEARS_EMPLOYED": Moves(falls=(EMPLOYED,)),
    "EMPLOYED_TO_AGE": Moves(rises=(BIRTH,), falls=(EMPLOYED,)),
    "PHONE_CHANGE_TO_AGE": Moves(rises=(BIRTH,), falls=("DAYS_LAST_PHONE_CHANGE",)),
    "REGISTRATION_TO_AGE": Moves(rises=(BIRTH,), falls=("DAYS_REGISTRATION",)),
    "ID_PUBLISH_TO_AGE": Moves(rises=(BIRTH,), falls=("DAYS_ID_PUBLISH",)),
    "CAR_AGE_TO_AGE": Moves(rises=("OWN_CAR_AGE", BIRTH)),
    "DOCUMENTS": Moves(rises=tuple(f"FLAG_DOCUMENT_{number}" for number in range(2, 22))),
    "MISSING_FIELDS": Moves(),
    "PREVIOUS_ANNUITY_TO_ANNUITY": Moves(rises=("PREVIOUS_AMT_ANNUITY_MEAN_LAST1",), falls=(ANNUITY,)),
    "PREVIOUS_CREDIT_TO_CREDIT": Moves(rises=("PREVIOUS_AMT_CREDIT_MAX_APPROVED",), falls=(CREDIT,)),
    "DEBT_TO_INCOME": Moves(rises=("BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE",), turns=(INCOME,)),  # debt may be negative
    "REMAINING_TO_INCOME": Moves(rises=("POS_REMAINING_SUM_NOW",), falls=(INCOME,)),
}
