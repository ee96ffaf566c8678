"""The applicant: age, work, family, home and contact details."""

import numpy as np
from scipy.special import ndtri

from steps.sample.clients import Clients
from steps.sample.columns import Columns, labels_of, numbers_of
from steps.sample.draws import amounts, blend, figures, labels, labels_by

NO_EMPLOYMENT = 365_243
"""Kaggle's sentinel for DAYS_EMPLOYED of those without a job."""


def person(rng: np.random.Generator, clients: Clients) -> Columns:
    """Draw the applicant's columns of application_train; days count back from the application."""
    birth = amounts(rng.random(len(clients)), figures("application")["quantiles"]["DAYS_BIRTH"]).round()
    years = -birth / 365.25
    columns: Columns = {"SK_ID_CURR": clients.ids, "DAYS_BIRTH": birth.astype(np.int64)}
    columns |= _work(rng, clients, years)
    columns |= _family(rng, years)
    columns |= _means(rng, clients, columns)
    columns |= _contact(rng, clients, columns, years)
    return columns


def _work(rng: np.random.Generator, clients: Clients, years: np.ndarray) -> Columns:
    n, recorded = len(clients), figures("application")
    shares, curve = recorded["shares"], recorded["pensioner_by_age"]
    employed_types = {name: share for name, share in shares["NAME_INCOME_TYPE"].items() if name != "Pensioner"}
    retired = rng.random(n) < np.interp(years, curve["age"], curve["share"])
    income_type = labels_by(rng.random(n), retired.astype(int), [employed_types, {"Pensioner": 1}])
    without_job = income_type.among("Pensioner", "Unemployed")
    man = rng.random(n) < np.where(retired, 0.19, 0.375)
    gender = labels_by(rng.random(n), man.astype(int), [{"F": 1, "XNA": 2e-5}, {"M": 1}])
    occupation = labels_by(rng.random(n), man.astype(int), list(recorded["occupation_by_gender"].values()))
    silent = recorded["missing"]["OCCUPATION_TYPE"]
    silent = (silent - shares["NAME_INCOME_TYPE"]["Pensioner"]) / (1 - shares["NAME_INCOME_TYPE"]["Pensioner"])
    organization = labels(rng.random(n), shares["ORGANIZATION_TYPE"] | {"XNA": 0})
    organization.codes[without_job] = organization.names.index("XNA")
    tenure = -amounts(
        blend(rng.standard_normal(n), worth=(0.15, -clients.worth)), recorded["quantiles"]["DAYS_EMPLOYED"]
    )
    tenure = np.minimum(tenure * (0.35 + years / 62), (years - 17) * 365.25 * 0.9).round()
    schooling = blend(
        rng.standard_normal(n),
        affluence=(0.45, clients.affluence),
        youth=(0.2, ndtri(1 - np.clip(years, 21, 69) / 90)),
    )
    return {
        "NAME_INCOME_TYPE": income_type,
        "CODE_GENDER": gender,
        "OCCUPATION_TYPE": occupation.without(without_job | (rng.random(n) < silent)),
        "ORGANIZATION_TYPE": organization,
        "DAYS_EMPLOYED": np.where(without_job, NO_EMPLOYMENT, -tenure).astype(np.int64),
        "FLAG_EMP_PHONE": (~without_job).astype(np.int64),
        "NAME_EDUCATION_TYPE": labels(schooling, shares["NAME_EDUCATION_TYPE"]),
    }


def _family(rng: np.random.Generator, years: np.ndarray) -> Columns:
    n, recorded = len(years), figures("application")
    band = np.searchsorted(recorded["age_bands"], years)
    status = labels_by(rng.random(n), band, recorded["family_status_by_age"])
    children = labels_by(rng.random(n), band, recorded["children_by_age"]).numbers()
    couple = status.among("Married", "Civil marriage")
    return {
        "NAME_FAMILY_STATUS": status,
        "CNT_CHILDREN": children,
        "CNT_FAM_MEMBERS": np.where(status.among("Unknown"), np.nan, 1.0 + children + couple),
    }


def _means(rng: np.random.Generator, clients: Clients, columns: Columns) -> Columns:
    n, recorded = len(clients), figures("application")
    man = labels_of(columns, "CODE_GENDER").among("M")
    trade = labels_of(columns, "NAME_INCOME_TYPE").among("Commercial associate", "Businessman")
    retired = labels_of(columns, "NAME_INCOME_TYPE").among("Pensioner")
    standing = (0.45 * man + 0.45 * trade - 0.65 * retired - 0.15) / 0.5
    income = amounts(
        blend(rng.standard_normal(n), affluence=(0.55, clients.affluence), standing=(0.4, standing)),
        recorded["quantiles"]["AMT_INCOME_TOTAL"],
    )
    coarse = rng.random(n) < 0.8
    income = np.where(coarse & (income > 45_000), (income / 22_500).round() * 22_500, (income / 4_500).round() * 4_500)
    car = rng.random(n) < np.where(man, 0.565, 0.222)
    car_age = amounts(
        blend(rng.standard_normal(n), affluence=(0.25, -clients.affluence)),
        recorded["quantiles"]["OWN_CAR_AGE"],
    )
    rating = labels(
        blend(rng.standard_normal(n), affluence=(0.45, -clients.affluence)), recorded["region_rating"]
    ).codes
    density = np.empty(n)
    for number, quantiles in enumerate(recorded["region_population"].values()):
        rows = rating == number
        density[rows] = amounts(rng.random(n)[rows], quantiles).round(6)
    in_city = np.where((rating > 0) & (rng.random(n) < np.where(rating == 2, 0.093, 0.008)), rating - 1, rating)
    return {
        "AMT_INCOME_TOTAL": income,
        "FLAG_OWN_CAR": labels(1.0 - car, {"Y": 0.5, "N": 0.5}),
        "OWN_CAR_AGE": np.where(car & (rng.random(n) > 2e-5), car_age.round(), np.nan),
        "FLAG_OWN_REALTY": labels(rng.random(n), _yes(recorded["flags"]["FLAG_OWN_REALTY"])),
        "NAME_HOUSING_TYPE": labels(rng.random(n), recorded["shares"]["NAME_HOUSING_TYPE"]),
        "REGION_RATING_CLIENT": (rating + 1).astype(np.int64),
        "REGION_RATING_CLIENT_W_CITY": (in_city + 1).astype(np.int64),
        "REGION_POPULATION_RELATIVE": density,
    }


def _contact(rng: np.random.Generator, clients: Clients, columns: Columns, years: np.ndarray) -> Columns:
    n, recorded = len(clients), figures("application")
    drawn: Columns = {
        name: (rng.random(n) < share).astype(np.int64)
        for name, share in recorded["flags"].items()
        if name not in ("FLAG_OWN_REALTY", "FLAG_WORK_PHONE") and not name.startswith("FLAG_DOCUMENT")
    }
    drawn["FLAG_WORK_PHONE"] = (rng.random(n) < recorded["flags"]["FLAG_WORK_PHONE"] / 0.82) * numbers_of(
        columns, "FLAG_EMP_PHONE"
    )
    quantiles = recorded["quantiles"]
    old = ndtri(np.clip((years - 20) / 51, 0.01, 0.99))
    for name, weight in {"DAYS_REGISTRATION": 0.3, "DAYS_ID_PUBLISH": 0.25}.items():
        days = amounts(blend(rng.standard_normal(n), age=(weight, -old)), quantiles[name])
        drawn[name] = np.maximum(days, -years * 365.25).round() + 0.0
    drawn["DAYS_ID_PUBLISH"] = numbers_of(drawn, "DAYS_ID_PUBLISH").astype(np.int64)
    phone = amounts(blend(rng.standard_normal(n), worth=(0.2, -clients.worth)), quantiles["DAYS_LAST_PHONE_CHANGE"])
    drawn["DAYS_LAST_PHONE_CHANGE"] = np.where(rng.random(n) < 3e-6, np.nan, phone.round() + 0.0)
    for flags, level in {
        "REG_REGION_NOT_LIVE_REGION REG_REGION_NOT_WORK_REGION LIVE_REGION_NOT_WORK_REGION": "region",
        "REG_CITY_NOT_LIVE_CITY REG_CITY_NOT_WORK_CITY LIVE_CITY_NOT_WORK_CITY": "city",
    }.items():
        pattern = labels(rng.random(n), recorded["address_patterns"][level]).numbers()
        for name, bit in zip(flags.split(), (4, 2, 1), strict=True):
            drawn[name] = ((pattern & bit) > 0).astype(np.int64)
    return drawn


def _yes(share: float) -> dict[str, float]:
    return {"Y": share, "N": 1 - share}
