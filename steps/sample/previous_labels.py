"""The text columns of previous_application, which depend on the application's kind and product."""

import numpy as np

from steps.sample.columns import Columns
from steps.sample.draws import Labels, amounts_by, figures, labels, labels_by
from steps.sample.kinds import by_kind, contract_of, only, status_of

HOUR, HOUR_SPREAD = 12.55, 3.3
"""Mean and standard deviation of the hour of an application."""


def loan_labels(rng: np.random.Generator, kind: Labels, blank: np.ndarray) -> Columns:
    """Draw the labels of each application; a blank one has XNA in the columns that describe the loan."""
    n, recorded = len(kind.codes), figures("previous")
    shares = recorded["shares"]
    contract, status = contract_of(kind), status_of(kind)
    cash, consumer = contract.among("Cash loans"), contract.among("Consumer loans")
    refused = status.among("Refused")

    def drawn(column: str) -> Labels:
        return by_kind(kind, shares[column], labels_by, rng.random(n))

    reason = only(refused, drawn("CODE_REJECT_REASON"), "XAP")
    product = drawn("PRODUCT_COMBINATION")
    product = only(~(cash & blank), product, "Cash")
    yields = [recorded["yield_by_combination"].get(name, {"XNA": 1}) for name in product.names]
    channel = drawn("CHANNEL_TYPE")
    area = amounts_by(rng.random(n), channel.codes, [recorded["seller_area"][name] for name in channel.names])
    suite_missing = by_kind(kind, recorded["type_suite_missing"], _happens, rng.random(n))
    suite = list(recorded["type_suite"].values())
    last = ~(contract.among("Revolving loans") & refused & (rng.random(n) < 0.166))
    return {
        "NAME_CONTRACT_TYPE": contract,
        "NAME_CONTRACT_STATUS": status,
        "NAME_PAYMENT_TYPE": drawn("NAME_PAYMENT_TYPE"),
        "CODE_REJECT_REASON": only(~status.among("Unused offer"), reason, "CLIENT"),
        "NAME_CLIENT_TYPE": drawn("NAME_CLIENT_TYPE"),
        "CHANNEL_TYPE": channel,
        "SELLERPLACE_AREA": area.round().astype(np.int64),
        "NAME_SELLER_INDUSTRY": drawn("NAME_SELLER_INDUSTRY"),
        "NAME_CASH_LOAN_PURPOSE": only(cash, drawn("NAME_CASH_LOAN_PURPOSE"), "XAP"),
        "NAME_GOODS_CATEGORY": only(consumer, drawn("NAME_GOODS_CATEGORY"), "XNA"),
        "NAME_PRODUCT_TYPE": _product_type(rng, product, ~consumer & ~blank),
        "NAME_YIELD_GROUP": only(~blank, labels_by(rng.random(n), product.codes, yields), "XNA"),
        "NAME_PORTFOLIO": _portfolio(rng, contract, blank),
        "PRODUCT_COMBINATION": product.without(contract.among("XNA")),
        "NAME_TYPE_SUITE": labels_by(rng.random(n), np.minimum(contract.codes, 2), suite).without(suite_missing),
        "WEEKDAY_APPR_PROCESS_START": labels(rng.random(n), recorded["weekday"]),
        "HOUR_APPR_PROCESS_START": (HOUR + HOUR_SPREAD * rng.standard_normal(n)).round().clip(0, 23).astype(int),
        "FLAG_LAST_APPL_PER_CONTRACT": labels(1.0 - last, {"Y": 0.5, "N": 0.5}),
        "NFLAG_LAST_APPL_IN_DAY": (rng.random(n) < 0.9967).astype(np.int64),
    }


def _happens(u: np.ndarray, group: np.ndarray, shares: list[float]) -> np.ndarray:
    return u < np.array(shares)[group]


def _product_type(rng: np.random.Generator, product: Labels, named: np.ndarray) -> Labels:
    """Draw the sales type of cash and card products: street products are mostly walk-in; consumer loans have XNA."""
    street = np.array(["Street" in name for name in product.names])[product.codes]
    walk_in = street & (rng.random(len(street)) < 0.77)
    return only(named, Labels(walk_in.astype(np.int16), ("x-sell", "walk-in")), "XNA")


def _portfolio(rng: np.random.Generator, contract: Labels, blank: np.ndarray) -> Labels:
    names = ("Cash", "POS", "Cards", "XNA", "Cars")
    code = np.where(blank, 3, contract.codes)
    return Labels(np.where((code == 1) & (rng.random(len(code)) < 4e-4), 4, code).astype(np.int16), names)
