"""The requested loan: contract type, amounts, documents and time of application."""

import numpy as np

from steps.sample.clients import Clients
from steps.sample.columns import Columns, labels_of, numbers_of
from steps.sample.draws import amounts, blend, figures, labels


def request(rng: np.random.Generator, clients: Clients, person: Columns) -> Columns:
    """Draw the columns of application_train that describe the requested loan.

    A revolving loan is repaid at 5 % a month; a cash loan's credit is the goods price, often plus insurance.
    """
    n, recorded = len(clients), figures("application")
    quantiles, shares = recorded["quantiles"], recorded["shares"]
    contract = labels(rng.random(n), shares["NAME_CONTRACT_TYPE"])
    revolving = contract.among("Revolving loans")
    wealth = (np.log(numbers_of(person, "AMT_INCOME_TOTAL")) - 11.92) / 0.49
    size = rng.standard_normal(n)
    wanted = blend(size, wealth=(0.42, wealth), worth=(0.1, clients.worth))
    goods = amounts(wanted, quantiles["cash goods price"])
    step = np.where(rng.random(n) < 0.55, 45_000, 4_500)
    goods = np.maximum((goods / step).round() * step, 45_000)
    credit = (goods * amounts(rng.random(n), quantiles["cash credit / goods price"]) / 4.5).round() * 4.5
    term = amounts(blend(rng.standard_normal(n), size=(0.55, size)), quantiles["cash credit / annuity"])
    limit = np.maximum((amounts(wanted, quantiles["revolving credit"]) / 45_000).round() * 45_000, 135_000)
    annuity = (np.where(revolving, limit / 20, credit / term) / 4.5).round() * 4.5
    unknown = recorded["missing"]
    unpriced = rng.random(n) < unknown["AMT_GOODS_PRICE"] / shares["NAME_CONTRACT_TYPE"]["Revolving loans"]
    goods = np.where(revolving, np.where(unpriced, np.nan, limit), goods)
    hours = amounts(rng.random(n), quantiles["HOUR_APPR_PROCESS_START"]).round()
    columns: Columns = {
        "NAME_CONTRACT_TYPE": contract,
        "AMT_CREDIT": np.where(revolving, limit, credit),
        "AMT_ANNUITY": np.where(rng.random(n) < unknown["AMT_ANNUITY"], np.nan, annuity),
        "AMT_GOODS_PRICE": goods,
        "NAME_TYPE_SUITE": labels(rng.random(n), shares["NAME_TYPE_SUITE"]).without(
            rng.random(n) < unknown["NAME_TYPE_SUITE"]
        ),
        "WEEKDAY_APPR_PROCESS_START": labels(rng.random(n), shares["WEEKDAY_APPR_PROCESS_START"]),
        "HOUR_APPR_PROCESS_START": hours.astype(np.int64),
    }
    return columns | _documents(rng, revolving, labels_of(person, "NAME_INCOME_TYPE").among("Pensioner"))


def _documents(rng: np.random.Generator, revolving: np.ndarray, retired: np.ndarray) -> Columns:
    """Draw the documents provided: 3 with most cash loans, 6 with pensions, 8 where both are missing."""
    n, flags = len(revolving), figures("application")["flags"]
    sixth = rng.random(n) < np.where(retired, 0.45, 0.0085)
    third = rng.random(n) < np.where(revolving, 0.0475, np.where(sixth, 0.4, 0.812))
    eighth = rng.random(n) < np.where(revolving | sixth | third, 0.015, 0.46)
    shares = {name: share for name, share in flags.items() if name.startswith("FLAG_DOCUMENT")}
    columns: Columns = {name: (rng.random(n) < share).astype(np.int64) for name, share in shares.items()}
    chosen = {"FLAG_DOCUMENT_3": third, "FLAG_DOCUMENT_6": sixth, "FLAG_DOCUMENT_8": eighth}
    return columns | {name: flag.astype(np.int64) for name, flag in chosen.items()}
