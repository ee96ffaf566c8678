"""The amounts of previous_application: requested, granted, down payment and repayment."""

import numpy as np

from steps.sample.columns import Columns
from steps.sample.draws import Labels, amounts, amounts_by, blend, figures, labels_by
from steps.sample.kinds import by_kind, contract_of, status_of

MONTHLY_CARD_RATE = 0.05
"""Monthly repayment of a revolving loan, as a share of its limit."""


def loan_amounts(rng: np.random.Generator, affluence: np.ndarray, kind: Labels, blank: np.ndarray) -> Columns:
    """Draw the amounts of each application; a blank one requests 0 and has no others.

    RATE_DOWN_PAYMENT is the down payment as a share of the requested amount; annuity times payments is credit plus
    interest.
    """
    recorded = figures("previous")
    n, granted = len(blank), status_of(kind).among("Approved")
    code = np.minimum(contract_of(kind).codes, 2)
    consumer, revolving = code == 1, code == 2
    size = rng.standard_normal(n)
    requested = blend(size, means=(0.3, affluence))
    requested = amounts_by(requested, code, list(recorded["amount"].values()))
    step = np.where(consumer, 4.5, 4_500)
    requested = (requested / step).round() * step
    ratio, cost = recorded["credit_over_application"], recorded["paid_over_credit"]
    as_requested = [1.0] * len(ratio["cash"])
    credit = requested * amounts_by(rng.random(n), code, [ratio["cash"], ratio["consumer"], as_requested])
    longer = blend(rng.standard_normal(n), size=(0.7, size))
    payments = by_kind(kind, recorded["payments"], labels_by, longer).numbers()
    paid = credit * amounts_by(rng.random(n), code, [cost["cash"], cost["consumer"], as_requested])
    annuity = np.where(revolving, credit * MONTHLY_CARD_RATE, paid / np.maximum(payments, 1))

    down = np.where(rng.random(n) < 0.42, 0, amounts(rng.random(n), recorded["down_payment_rate"])) * consumer
    pays_down = rng.random(n) < np.select([consumer & granted, consumer, revolving], [1.0, 0.94, 0.02], 0.11)
    canceled = status_of(kind).among("Canceled")
    pays_down &= ~blank | (consumer & ~canceled)
    priced = ~revolving | (rng.random(n) < np.where(granted, 0.55, 0.75))
    priced &= ~blank | (consumer & ~canceled)
    named = np.where(revolving, rng.random(n) < np.where(granted, 0.52, 0.69), True) & priced
    interest = consumer & granted & (rng.random(n) < 0.0088)
    return {
        "AMT_ANNUITY": np.where(blank, np.nan, annuity.round(2)),
        "AMT_APPLICATION": np.where(named, requested, 0.0),
        "AMT_CREDIT": np.where(blank & ~consumer, 0.0, credit.round(1)),
        "AMT_DOWN_PAYMENT": np.where(pays_down, (down * requested).round(1), np.nan),
        "AMT_GOODS_PRICE": np.where(priced, requested, np.nan),
        "RATE_DOWN_PAYMENT": np.where(pays_down, down, np.nan),
        "RATE_INTEREST_PRIMARY": np.where(interest, 0.189 + 0.02 * rng.standard_normal(n), np.nan),
        "RATE_INTEREST_PRIVILEGED": np.where(interest, 0.8 + 0.06 * rng.standard_normal(n), np.nan),
        "CNT_PAYMENT": np.where(blank, np.nan, payments.astype(float)),
    }
