"""A lender's file as data/README.md describes it: generated, in the spelling of American lenders."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROWS = 4_000
FIRST = date(2014, 1, 1)
TENURES = ("< 1 year", *(f"{years} year{'s' * (years > 1)}" for years in range(1, 10)), "10+ years")
HEADER = (
    "issue_d,loan_amnt,int_rate,term,emp_length,home_ownership,zip_code,title,policy_code,charged_off_on,loan_status"
)


def write_loans(file: Path, rows: int = ROWS) -> None:
    """Write so many loans, by default 4,000; the risk rises with the rate and falls with the tenure."""
    chance = np.random.default_rng(7)
    lines = [HEADER]
    for row in range(rows):
        issued = FIRST + timedelta(days=30 * int(chance.integers(0, 40)))
        amount, rate = 25 * int(chance.integers(40, 1_400)), round(5 + 20 * float(chance.random()), 2)
        term, tenure = int(chance.choice([36, 60])), int(chance.integers(0, 11))
        is_bad = chance.random() < 1 / (1 + np.exp(3.2 - 0.13 * (rate - 5) + 0.1 * tenure))
        runs = chance.random() < 0.1
        off = f"{issued + timedelta(days=200):%b-%Y}" if is_bad and not runs else ""
        home, place = chance.choice(["RENT", "OWN", "MORTGAGE"]), int(chance.integers(100, 140))
        status = "Current" if runs else "Charged Off" if is_bad else "Fully Paid"
        tenure_text = "n/a" if chance.random() < 0.05 else TENURES[tenure]
        lines.append(
            f'{issued:%b-%Y},"${amount:,}.00", {rate:.2f}%, {term} months,{tenure_text},{home},{place}xx,'
            f"Loan {row} of {home.lower()},1,{off},{status}"
        )
    file.write_text("\n".join(lines) + "\n", "utf-8")
