"""Features derived from an application's fields, by the same code in training and serving.

Pandas would cost 50 to 100 microseconds a feature on one row; a numpy operation costs about one. Every
operation is elementwise, and sums have a fixed order, not numpy's own, so that a row's features have the same
bits in any batch.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from custom_model.elementwise import (
    NAN,
    ONE,
    ZERO,
    Column,
    at_least,
    at_most,
    count_missing,
    is_missing,
    total,
    where,
)

NOT_EMPLOYED = 365243  # DAYS_EMPLOYED of a client without employment
DAYS_PER_YEAR = 365.25
MIN_TERM, MAX_TERM = np.float64(6.0), np.float64(60.0)  # months
MAX_INTEREST = 0.5  # over the whole term
ROUNDING = 1e-9  # months; keeps the last bit of a division from costing a whole month
LEAST_SCORE = np.float64(1e-6)  # divisor of a lower mean score: by 0 the ratio would be missing, not highest


class Derived(NamedTuple):
    """A feature: its topic, which is the code of its reasons, and what it is."""

    name: str
    topic: str
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """Features that share their inputs and the work on them.

    `compute` takes the columns of `inputs` as (rows,) float64 arrays, or one row's as `numpy.float64`, NaN where
    missing, and returns one such for each of `features`, in their order. `inputs` are columns of the application or
    features of a history recipe; tests/unit/steps/tables/test_derived_inputs.py checks the names.
    """

    inputs: tuple[str, ...]
    compute: Callable[..., tuple[Column, ...]]
    features: tuple[Derived, ...]


BUILDING = (
    *("APARTMENTS", "BASEMENTAREA", "YEARS_BEGINEXPLUATATION", "YEARS_BUILD", "COMMONAREA", "ELEVATORS", "ENTRANCES"),
    *("FLOORSMAX", "FLOORSMIN", "LANDAREA", "LIVINGAPARTMENTS", "LIVINGAREA", "NONLIVINGAPARTMENTS", "NONLIVINGAREA"),
)


def available(numeric: tuple[str, ...], fields: tuple[str, ...]) -> tuple[Group, ...]:
    """The groups that can be computed: all inputs are numeric fields, and no field has the name of a feature.

    `missing_inputs` and `name_conflicts` have the features of the others, with the reasons.
    """
    numbers, names = set(numeric), set(fields)
    return tuple(
        group
        for group in GROUPS
        if numbers.issuperset(group.inputs) and names.isdisjoint(feature.name for feature in group.features)
    )


def missing_inputs(numeric: Collection[str], fields: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """The derived features with an input that is not among the numeric fields, each with those inputs.

    Features that `fields` has under their own name are not listed. Without DAYS_BIRTH, for example:
    {"AGE_BY_EXT_SOURCE": ("DAYS_BIRTH",), "EMPLOYED_TO_AGE": ("DAYS_BIRTH",), ...}.
    """
    numbers, names = set(numeric), set(fields)
    missing: dict[str, tuple[str, ...]] = {}
    for group in GROUPS:
        absent = tuple(name for name in group.inputs if name not in numbers)
        if absent:
            missing.update({feature.name: absent for feature in group.features if feature.name not in names})
    return missing


def name_conflicts(fields: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The derived features whose group is replaced by fields with its features' names, each with those fields.

    A field TERM, for example, replaces the derived TERM, and with it the rest of the group:
    {"CREDIT_TO_GOODS": ("TERM",), ...}.
    """
    names, conflicts = set(fields), {}
    for group in GROUPS:
        replacements = tuple(feature.name for feature in group.features if feature.name in names)
        if replacements:
            conflicts.update({feature.name: replacements for feature in group.features if feature.name not in names})
    return conflicts


def derive(groups: tuple[Group, ...], columns: Mapping[str, Column], out: np.ndarray) -> None:
    """Write the groups' features into `out`, (rows, features); a division by zero gives NaN."""
    with np.errstate(all="ignore"):
        for position, column in enumerate(_computed(groups, columns)):
            out[:, position] = column
    out[np.isinf(out)] = np.nan


def derive_row(groups: tuple[Group, ...], numbers: Mapping[str, Column], out: np.ndarray) -> None:
    """The same for one row: its `numpy.float64` by name, and the (features,) to write."""
    with np.errstate(all="ignore"):
        out[:] = [*_computed(groups, numbers)]
    out[np.isinf(out)] = np.nan


def _computed(groups: tuple[Group, ...], columns: Mapping[str, Column]) -> Iterator[Column]:
    for group in groups:
        yield from group.compute(*map(columns.__getitem__, group.inputs))


def _external_scores(
    first: Column, second: Column, third: Column, credit: Column, annuity: Column
) -> tuple[Column, ...]:
    """Statistics of the known scores. In the weighted mean, sources 2 and 3 count double: source 1 is weaker."""
    scores = first, second, third
    missing = [is_missing(score) for score in scores]
    filled = [where(lacks, ZERO, score) for lacks, score in zip(missing, scores, strict=True)]
    known = [where(lacks, ZERO, ONE) for lacks in missing]
    count = known[0] + known[1] + known[2]
    mean = (filled[0] + filled[1] + filled[2]) / count
    deviations = [where(lacks, ZERO, score - mean) for lacks, score in zip(missing, scores, strict=True)]
    squares = [deviation * deviation for deviation in deviations]
    divisor = at_least(mean, LEAST_SCORE)
    return (
        mean,
        np.fmin(np.fmin(first, second), third) + 0.0,  # of 0 and -0 the processor takes either: their sum is 0
        np.fmax(np.fmax(first, second), third) + 0.0,
        np.sqrt((squares[0] + squares[1] + squares[2]) / count),
        first * second * third,
        (filled[0] + 2.0 * (filled[1] + filled[2])) / (known[0] + 2.0 * (known[1] + known[2])),
        count,
        credit / divisor,
        annuity / divisor,
    )


def _age_by_score(first: Column, second: Column, third: Column, birth: Column) -> tuple[Column, ...]:
    scores = first, second, third
    mean = total(scores) / (3.0 - count_missing(scores))
    return (-birth / DAYS_PER_YEAR / at_least(mean, LEAST_SCORE),)


def _loan(credit: Column, annuity: Column, goods: Column, income: Column) -> tuple[Column, ...]:
    return credit / annuity, credit / goods, credit - goods, credit / income, annuity / income


def _interest(annuity: Column, credit: Column) -> tuple[Column, ...]:
    """Simple interest, annuity * n / credit - 1, of a loan whose term of n months is unknown.

    It is linear in n: over the terms that keep it between 0 and `MAX_INTEREST`, its minimum, mean and maximum
    follow from the shortest and the longest one. Without such a term all three are NaN.
    """
    rate = annuity / credit
    shortest = at_least(np.ceil(1.0 / rate - ROUNDING), MIN_TERM)
    longest = at_most(np.floor((1.0 + MAX_INTEREST) / rate + ROUNDING), MAX_TERM)
    rate = where(shortest <= longest, rate, NAN)
    return rate * shortest - 1.0, rate * ((shortest + longest) / 2.0) - 1.0, rate * longest - 1.0


def _family(income: Column, members: Column, children: Column) -> tuple[Column, ...]:
    return income / members, children / members


def _employment(days: Column) -> tuple[Column, ...]:
    unemployed = days == NOT_EMPLOYED
    is_employed = where(unemployed, ZERO, ONE)
    return where(is_missing(days), NAN, is_employed), -where(unemployed, NAN, days) / DAYS_PER_YEAR


def _employed_to_age(days: Column, birth: Column) -> tuple[Column, ...]:
    return (where(days == NOT_EMPLOYED, NAN, days) / birth,)


def _stability(phone: Column, registration: Column, identity: Column, birth: Column) -> tuple[Column, ...]:
    return phone / birth, registration / birth, identity / birth


def _car(age: Column, birth: Column) -> tuple[Column, ...]:
    return (-age * DAYS_PER_YEAR / birth,)


def _documents(*flags: Column) -> tuple[Column, ...]:
    return (total(flags),)


def _missing(*columns: Column) -> tuple[Column, ...]:
    return (count_missing(columns),)


def _ratio(numerator: Column, denominator: Column) -> tuple[Column, ...]:
    return (numerator / denominator,)


GROUPS = (
    Group(
        ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "AMT_CREDIT", "AMT_ANNUITY"),
        _external_scores,
        (
            Derived("EXT_SOURCE_MEAN", "EXTERNAL_SCORE", "Average of the external credit scores"),
            Derived("EXT_SOURCE_MIN", "EXTERNAL_SCORE", "Lowest of the external credit scores"),
            Derived("EXT_SOURCE_MAX", "EXTERNAL_SCORE", "Highest of the external credit scores"),
            Derived("EXT_SOURCE_STD", "EXTERNAL_SCORE", "Disagreement of the external credit scores"),
            Derived("EXT_SOURCE_PRODUCT", "EXTERNAL_SCORE", "The external credit scores taken together"),
            Derived("EXT_SOURCE_WEIGHTED", "EXTERNAL_SCORE", "Weighted average of the external credit scores"),
            Derived("EXT_SOURCE_KNOWN", "EXTERNAL_SCORE", "Number of external credit scores on file"),
            Derived("CREDIT_BY_EXT_SOURCE", "EXTERNAL_SCORE", "Credit compared with the external credit scores"),
            Derived("ANNUITY_BY_EXT_SOURCE", "EXTERNAL_SCORE", "Annuity compared with the external credit scores"),
        ),
    ),
    Group(
        ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "DAYS_BIRTH"),
        _age_by_score,
        (Derived("AGE_BY_EXT_SOURCE", "EXTERNAL_SCORE", "Age compared with the external credit scores"),),
    ),
    Group(
        ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"),
        _loan,
        (
            Derived("TERM", "LOAN_TERM", "Number of annuities to repay the credit"),
            Derived("CREDIT_TO_GOODS", "LOAN_TO_VALUE", "Credit compared with the price of the goods"),
            Derived("CREDIT_ABOVE_GOODS", "LOAN_TO_VALUE", "Credit beyond the price of the goods"),
            Derived("CREDIT_TO_INCOME", "LOAN_BURDEN", "Credit compared with income"),
            Derived("ANNUITY_TO_INCOME", "LOAN_BURDEN", "Annuity compared with income"),
        ),
    ),
    Group(
        ("AMT_ANNUITY", "AMT_CREDIT"),
        _interest,
        (
            Derived("INTEREST_MIN", "INTEREST", "Lowest interest that the annuity can imply"),
            Derived("INTEREST_MEAN", "INTEREST", "Average interest that the annuity can imply"),
            Derived("INTEREST_MAX", "INTEREST", "Highest interest that the annuity can imply"),
        ),
    ),
    Group(
        ("AMT_INCOME_TOTAL", "CNT_FAM_MEMBERS", "CNT_CHILDREN"),
        _family,
        (
            Derived("INCOME_PER_FAMILY_MEMBER", "INCOME", "Income for each member of the family"),
            Derived("CHILDREN_SHARE", "FAMILY", "Share of children in the family"),
        ),
    ),
    Group(
        ("DAYS_EMPLOYED",),
        _employment,
        (
            Derived("IS_EMPLOYED", "EMPLOYMENT", "Being in employment"),
            Derived("YEARS_EMPLOYED", "EMPLOYMENT", "Years in the present employment"),
        ),
    ),
    Group(
        ("DAYS_EMPLOYED", "DAYS_BIRTH"),
        _employed_to_age,
        (Derived("EMPLOYED_TO_AGE", "EMPLOYMENT", "Share of life in the present employment"),),
    ),
    Group(
        ("DAYS_LAST_PHONE_CHANGE", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_BIRTH"),
        _stability,
        (
            Derived("PHONE_CHANGE_TO_AGE", "STABILITY", "Time since the last change of phone, compared with age"),
            Derived("REGISTRATION_TO_AGE", "STABILITY", "Time since the last registration, compared with age"),
            Derived("ID_PUBLISH_TO_AGE", "STABILITY", "Time since the last identity document, compared with age"),
        ),
    ),
    Group(
        ("OWN_CAR_AGE", "DAYS_BIRTH"),
        _car,
        (Derived("CAR_AGE_TO_AGE", "CAR", "Age of the car compared with the client's"),),
    ),
    Group(
        tuple(f"FLAG_DOCUMENT_{number}" for number in range(2, 22)),
        _documents,
        (Derived("DOCUMENTS", "DOCUMENTS", "Number of documents provided"),),
    ),
    Group(
        (
            *("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "OWN_CAR_AGE", "OBS_30_CNT_SOCIAL_CIRCLE"),
            *(f"{part}_AVG" for part in BUILDING),
            *(f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")),
        ),
        _missing,
        (Derived("MISSING_FIELDS", "APPLICATION", "Number of fields that are not known"),),
    ),
    Group(
        ("PREVIOUS_AMT_ANNUITY_MEAN_LAST1", "AMT_ANNUITY"),
        _ratio,
        (Derived("PREVIOUS_ANNUITY_TO_ANNUITY", "LOAN_GROWTH", "Annuity asked last time compared with this one"),),
    ),
    Group(
        ("PREVIOUS_AMT_CREDIT_MAX_APPROVED", "AMT_CREDIT"),
        _ratio,
        (Derived("PREVIOUS_CREDIT_TO_CREDIT", "LOAN_GROWTH", "Largest credit before compared with this one"),),
    ),
    Group(
        ("BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE", "AMT_INCOME_TOTAL"),
        _ratio,
        (Derived("DEBT_TO_INCOME", "BUREAU_DEBT", "Debt elsewhere compared with income"),),
    ),
    Group(
        ("POS_REMAINING_SUM_NOW", "AMT_INCOME_TOTAL"),
        _ratio,
        (Derived("REMAINING_TO_INCOME", "LOAN_BALANCES", "What is left to pay here compared with income"),),
    ),
)
