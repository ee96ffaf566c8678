"""Earlier applications to this lender, and what became of them."""

from typing import NamedTuple

import numpy as np

from steps.sample.clients import WITH_CARD, WITH_PREVIOUS, Clients
from steps.sample.draws import Labels, amounts, amounts_by, blend, figures, labels, labels_by
from steps.sample.person import Columns
from steps.sample.schedule import Schedule, draw_schedule
from steps.sample.spans import counts, owners, positions, unique_ids

APPLICATIONS_PER_CLIENT = 4.83
"""Mean number of a labelled client's earlier applications, of those with any."""
STATUS = {"approved": "Approved", "canceled": "Canceled", "refused": "Refused", "unused": "Unused offer"}
CONTRACT = {"cash": "Cash loans", "consumer": "Consumer loans", "revolving": "Revolving loans", "xna": "XNA"}
LIKE = {
    "consumer canceled": "cash canceled",
    "cash unused": "cash canceled",
    "xna canceled": "revolving canceled",
    "xna refused": "revolving canceled",
}
"""Kinds too rare to have figures of their own, and the kind whose figures they take."""


class Previous(NamedTuple):
    """The previous_application table; of each row the client's index, the kind, and the repayment schedule."""

    columns: Columns
    client: np.ndarray
    kind: Labels
    schedule: Schedule


def draw_previous(rng: np.random.Generator, clients: Clients) -> Previous:
    """Draw the previous_application table.

    A client's first application is a granted consumer or cash loan, which made them a client; a card holder's
    second is the granted revolving loan behind the card. Refusals grow with debt taken up and fall with worth.
    """
    client, kind = _kinds(rng, clients)
    n = len(client)
    decided = _by(rng.random(n), kind, figures("previous")["days_decision"], amounts_by)
    card = kind.among("revolving approved") & clients.has_card[client]
    months = amounts(rng.random(n), figures("card")["months"])
    decided = np.where(card, -(months + rng.random(n)) * 365.25 / 12, decided).round().clip(-2922, -1)
    columns: Columns = {
        "SK_ID_PREV": unique_ids(rng, 1_000_000, n),
        "SK_ID_CURR": clients.ids[client],
        "DAYS_DECISION": decided.astype(np.int64),
    }
    columns |= _texts(rng, kind)
    columns |= _amounts(rng, clients, client, kind, columns["NAME_PORTFOLIO"].among("XNA"))
    schedule = draw_schedule(rng, kind, decided, columns["CNT_PAYMENT"])
    return Previous(columns | schedule.columns, client, kind, schedule)


def _kinds(rng: np.random.Generator, clients: Clients) -> tuple[np.ndarray, Labels]:
    shares = dict(figures("previous")["kinds"])
    holders = np.flatnonzero(clients.has_previous)
    number = counts(rng, clients.appetite[holders], APPLICATIONS_PER_CLIENT - 0.24, shape=1.5)
    number = number + clients.has_card[holders]
    client, place = holders[owners(number)], positions(number)
    first, card = 1 / APPLICATIONS_PER_CLIENT, WITH_CARD / WITH_PREVIOUS / APPLICATIONS_PER_CLIENT
    shares["consumer approved"] -= 0.86 * first
    shares["cash approved"] -= 0.14 * first
    shares["revolving approved"] = max(shares["revolving approved"] - card, 0.002)
    order = sorted(shares, key=lambda name: "refused" in name)
    worry = 0.79 * (clients.appetite - 0.28) - 0.51 * clients.worth
    u = blend(rng.standard_normal(len(client)), worry=(0.6, worry[client]))
    drawn = labels(u, {name: shares[name] for name in order})
    codes = drawn.codes
    loan = np.where(rng.random(len(codes)) < 0.86, *(order.index(f"{name} approved") for name in ("consumer", "cash")))
    codes = np.where(place == 0, loan, codes)
    codes = np.where((place == 1) & clients.has_card[client], order.index("revolving approved"), codes)
    return client, Labels(codes.astype(np.int16), drawn.names)


def _by(u: np.ndarray, kind: Labels, recorded: dict, draw) -> np.ndarray | Labels:
    """Draw each row from the figures of its kind, or of the kind it is like."""
    listed = list(recorded)
    known = [name if name in recorded else LIKE.get(name, name) for name in kind.names]
    group = np.array([listed.index(name) if name in recorded else 0 for name in known])
    return draw(u, group[kind.codes], list(recorded.values()))


def _of(kind: Labels, names: dict[str, str], word: int) -> Labels:
    """Name each row by the first or the second word of its kind."""
    code = np.array([list(names).index(name.split()[word]) for name in kind.names], np.int16)
    return Labels(code[kind.codes], tuple(names.values()))


def _only(rows: np.ndarray, drawn: Labels, other: str) -> Labels:
    """Keep the labels of the masked rows, and give all others this one."""
    names = drawn.names if other in drawn.names else (*drawn.names, other)
    return Labels(np.where(rows, drawn.codes, names.index(other)).astype(np.int16), names)


def _texts(rng: np.random.Generator, kind: Labels) -> Columns:
    n, recorded = len(kind.codes), figures("previous")
    shares = recorded["shares"]
    contract, status = _of(kind, CONTRACT, 0), _of(kind, STATUS, 1)
    cash, consumer, revolving = (contract.among(CONTRACT[name]) for name in ("cash", "consumer", "revolving"))
    refused = status.among("Refused")

    def drawn(column: str) -> Labels:
        return _by(rng.random(n), kind, shares[column], labels_by)

    blank_share = {name: 0.0 for name in kind.names} | recorded["blank"]
    blank_share |= {"cash unused": 1.0, "consumer canceled": 0.944, "xna canceled": 1.0, "xna refused": 1.0}
    blank = rng.random(n) < np.array([blank_share[name] for name in kind.names])[kind.codes]

    reason = _only(refused, drawn("CODE_REJECT_REASON"), "XAP")
    reason = _only(~status.among("Unused offer"), reason, "CLIENT")
    product = _only(~consumer & ~blank, drawn("NAME_PRODUCT_TYPE"), "XNA")
    pos = _by(rng.random(n), kind, shares["PRODUCT_COMBINATION"], labels_by)
    of_pos = labels_by(
        rng.random(n), pos.codes, [recorded["yield_by_combination"].get(name, {"middle": 1}) for name in pos.names]
    )
    of_cash = drawn("NAME_YIELD_GROUP")
    groups = ("middle", "high", "low_normal", "low_action", "XNA")
    code = np.where(consumer, _recode(of_pos, groups), _recode(of_cash, groups))
    interest = _only((cash | consumer) & ~blank, Labels(code, groups), "XNA")
    suite_missing = _by(rng.random(n), kind, recorded["type_suite_missing"], _bernoulli)
    suite = list(recorded["type_suite"].values())
    channel = drawn("CHANNEL_TYPE")
    area = amounts_by(rng.random(n), channel.codes, [recorded["seller_area"][name] for name in channel.names])
    client_type = drawn("NAME_CLIENT_TYPE")
    last = ~(contract.among("Revolving loans") & refused & (rng.random(n) < 0.166))
    return {
        "NAME_CONTRACT_TYPE": contract,
        "NAME_CONTRACT_STATUS": status,
        "NAME_PAYMENT_TYPE": drawn("NAME_PAYMENT_TYPE"),
        "CODE_REJECT_REASON": reason,
        "NAME_CLIENT_TYPE": client_type,
        "CHANNEL_TYPE": channel,
        "SELLERPLACE_AREA": area.round().astype(np.int64),
        "NAME_SELLER_INDUSTRY": drawn("NAME_SELLER_INDUSTRY"),
        "NAME_CASH_LOAN_PURPOSE": _only(cash, drawn("NAME_CASH_LOAN_PURPOSE"), "XAP"),
        "NAME_GOODS_CATEGORY": _only(consumer, drawn("NAME_GOODS_CATEGORY"), "XNA"),
        "NAME_PRODUCT_TYPE": product,
        "NAME_YIELD_GROUP": interest,
        "NAME_PORTFOLIO": _portfolio(rng, contract, blank),
        "PRODUCT_COMBINATION": _combination(contract, product, interest, pos),
        "NAME_TYPE_SUITE": labels_by(rng.random(n), np.minimum(contract.codes, 2), suite).without(suite_missing),
        "WEEKDAY_APPR_PROCESS_START": labels(
            rng.random(n), figures("application")["shares"]["WEEKDAY_APPR_PROCESS_START"]
        ),
        "HOUR_APPR_PROCESS_START": (12.55 + 3.3 * rng.standard_normal(n)).round().clip(0, 23).astype(np.int64),
        "FLAG_LAST_APPL_PER_CONTRACT": labels(1.0 - last, {"Y": 0.5, "N": 0.5}),
        "NFLAG_LAST_APPL_IN_DAY": (rng.random(n) < 0.9967).astype(np.int64),
    }


def _bernoulli(u: np.ndarray, group: np.ndarray, shares: list[float]) -> np.ndarray:
    return u < np.array(shares)[group]


def _recode(drawn: Labels, names: tuple[str, ...]) -> np.ndarray:
    return np.array([names.index(name) for name in drawn.names], np.int16)[drawn.codes]


def _portfolio(rng: np.random.Generator, contract: Labels, blank: np.ndarray) -> Labels:
    names = ("Cash", "POS", "Cards", "XNA", "Cars")
    code = np.where(blank, 3, contract.codes)
    return Labels(np.where((code == 1) & (rng.random(len(code)) < 4e-4), 4, code).astype(np.int16), names)


def _combination(contract: Labels, product: Labels, interest: Labels, pos: Labels) -> Labels:
    """Name the product: by its yield and how it was sold for cash, how it was sold for cards, as drawn for goods."""
    ways = {"walk-in": "Street", "x-sell": "X-Sell"}
    yields = {"high": "high", "middle": "middle", "low_normal": "low", "low_action": "low"}
    names = ["Cash", "Card Street", "Card X-Sell"]
    names += [f"Cash {way}: {level}" for way in ways.values() for level in ("high", "middle", "low")]
    names += list(pos.names)
    code = _recode(Labels(pos.codes, pos.names), tuple(names))
    cash, cards = contract.among("Cash loans"), contract.among("Revolving loans")
    code = np.where(cash, 0, np.where(cards, 1, code))
    for sold, way in ways.items():
        code[cards & product.among(sold)] = names.index(f"Card {way}")
        for group, level in yields.items():
            code[cash & product.among(sold) & interest.among(group)] = names.index(f"Cash {way}: {level}")
    return Labels(code.astype(np.int16), tuple(names)).without(contract.among("XNA"))


def _amounts(
    rng: np.random.Generator, clients: Clients, client: np.ndarray, kind: Labels, blank: np.ndarray
) -> Columns:
    recorded = figures("previous")
    n, contract = len(client), _of(kind, CONTRACT, 0)
    status = _of(kind, STATUS, 1)
    code = np.minimum(contract.codes, 2)
    consumer, revolving = code == 1, code == 2
    asked = amounts_by(
        blend(rng.standard_normal(n), means=(0.3, clients.affluence[client])), code, list(recorded["amount"].values())
    )
    step = np.where(consumer, 4.5, 4_500)
    asked = (asked / step).round() * step
    ratio = recorded["credit_over_application"]
    credit = asked * amounts_by(rng.random(n), code, [ratio["cash"], ratio["consumer"], [1] * 11])
    term = recorded["payments"]
    drawn = labels_by(rng.random(n), code, [term["cash"], term["consumer"], {"0": 1}]).numbers()
    cost = recorded["paid_over_credit"]
    paid = credit * amounts_by(rng.random(n), code, [cost["cash"], cost["consumer"], [1] * 11])
    annuity = np.where(revolving, credit / 20, paid / np.maximum(drawn, 1))
    down = np.where(rng.random(n) < 0.43, 0, amounts(rng.random(n), recorded["down_payment_rate"]))
    down_known = ~blank & (rng.random(n) < np.select([consumer, revolving], [1.0, 0.02], 0.105))
    offered = ~revolving | (rng.random(n) < np.where(status.among("Approved"), 0.52, 0.69))
    empty = blank & ~consumer
    goods_known = np.where(consumer, ~blank | ~status.among("Canceled"), ~blank & offered)
    rate = rng.random(n) < 0.0088
    rates = consumer & status.among("Approved") & rate
    return {
        "AMT_ANNUITY": np.where(blank, np.nan, annuity.round(2)),
        "AMT_APPLICATION": np.where(empty | ~offered, 0.0, asked),
        "AMT_CREDIT": np.where(empty, 0.0, credit.round(1)),
        "AMT_DOWN_PAYMENT": np.where(down_known, (down * asked * consumer).round(1), np.nan),
        "AMT_GOODS_PRICE": np.where(goods_known, asked, np.nan),
        "RATE_DOWN_PAYMENT": np.where(down_known, down * consumer, np.nan),
        "RATE_INTEREST_PRIMARY": np.where(rates, 0.189 + 0.02 * rng.standard_normal(n), np.nan),
        "RATE_INTEREST_PRIVILEGED": np.where(rates, 0.8 + 0.06 * rng.standard_normal(n), np.nan),
        "CNT_PAYMENT": np.where(blank, np.nan, drawn.astype(float)),
    }
