"""Spellings of numbers: plain, percentages, money, durations; the SQL that recognises each and reads it as a number.

All SQL is DuckDB's, on a text `{0}` that is trimmed and not empty.
"""

import re
from dataclasses import dataclass
from typing import Literal

Decimal = Literal[".", ","]
Measure = Literal["number", "percentage", "money", "duration"]

CURRENCIES = (
    "USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|RUB|BRL|MXN|ZAR|KES|NGN|PLN|CZK|HUF|SEK|NOK|DKK|TRY|KZT|IDR|PHP|VND|Rs|R$"
)
SYMBOLS = "$€£¥₹₽₺₦₱₫"
CODES = CURRENCIES.replace("$", r"\$")
CODE = f"{CODES}|[{SYMBOLS}]"
CURRENCY = rf"(?:(?:{CODES})\.?|[{SYMBOLS}])"
# The signs and codes of one currency; $ and ¥ are those of several.
ONE_CURRENCY = ({"€", "EUR"}, {"£", "GBP"}, {"₹", "INR"}, {"₽", "RUB"}, {"₺", "TRY"}, {"₦", "NGN"}, {"₱", "PHP"},
                {"₫", "VND"})  # fmt: skip
# English, German, French, Spanish, Italian, Portuguese and Dutch; ñ, í and é as one character or as two, or plain.
UNITS = {
    "days": r"d(?:ays?)?|tage?n?|jours?|d(?:í|i\x{0301}?)as?|giorn[io]|dag(?:en)?",
    "weeks": r"w(?:ee)?ks?|w|wochen?|semaines?|semanas?|settiman[ae]|weken",
    "months": r"mo(?:n|nth)?s?|mths?|m|monate?[ns]?|mois|mes(?:es)?|m(?:ê|e\x{0302})s|mes[ei]|maand(?:en)?",
    "years": r"y(?:ea)?rs?|y|jahre?[ns]?|ans?|ann(?:é|e\x{0301}?)es?|a(?:ñ|n\x{0303}?)os?|ann[io]|jaar|jaren",
}
PERIOD = "|".join(UNITS.values())
ENDS = r"(?:[^\p{L}\p{M}]|$)"  # a word
IN_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}

BLANKS = " \t\u00a0\u202f"
GAP = r"[\s\x{00a0}\x{202f}]"  # between a number and its sign; in RE2 \s is ASCII alone
MORE_PARTS = rf"(?:{GAP}*(?:(?:and|und|et|y|e|en){GAP}+)?\d+{GAP}*(?:{PERIOD})\.?)*"  # of a duration: 2yrs 3mon
MINUS = "\u2212"
ACCOUNTANTS, NEGATIVE = r"^\((.*)\)$|^(.*)-$", r"-\1\2"
NEGATIVE_SIGN = rf"^[>~]?{GAP}*[\-\x{{2212}}]"
SIGN = r"[+\-\x{2212}]?"
POINT = rf"{SIGN}(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
GROUPED_BY_COMMA = rf"{SIGN}\d{{1,3}}(?:,\d{{3}})+(?:\.\d*)?"
COMMA = rf"{SIGN}(?:\d+,\d+|,\d+)(?:e[+-]?\d+)?"
GROUPED_BY_POINT = rf"{SIGN}\d{{1,3}}(?:\.\d{{3}})+,\d*|{SIGN}\d{{1,3}}(?:\.\d{{3}}){{2,}}"
GROUPED_BY_SPACE = rf"{SIGN}\d{{1,3}}(?:[ '\x{{2019}}\x{{00a0}}\x{{202f}}]\d{{3}})+(?:[.,]\d*)?"
CORE = f"(?:{POINT}|{GROUPED_BY_COMMA}|{COMMA}|{GROUPED_BY_POINT}|{GROUPED_BY_SPACE})"


@dataclass(frozen=True)
class Spelling:
    """How the numbers of one column are written.

    Parameters
    ----------
    measure : {"number", "percentage", "money", "duration"}
        What the numbers measure: `13.5%` is 13.5 per cent, `$1,200.00` is 1200 dollars, `36 months` 36 months.
    decimal : {".", ","}
        The decimal sign; the other one, spaces and apostrophes may group thousands.
    unit : str
        Of durations: days, weeks, months or years, into which other units are converted.
    """

    measure: Measure
    decimal: Decimal = "."
    unit: str = ""

    def sql(self, text: str) -> str:
        """The expression of the number, NULL for a text in another spelling."""
        if self.measure == "duration":
            return _duration(text, self.decimal, self.unit)
        return _number(text, self.decimal, self.measure)


def is_written_as(measure: Measure, text: str) -> str:
    """The condition for a text that bears the sign of this measure: a per cent, a currency, a unit of time."""
    patterns = {
        "number": rf"^(?:{CORE}|{CORE}-|\({CORE}\))$",
        "percentage": rf"^\(?{CORE}{GAP}*%\)?$",
        "money": rf"^(?:{SIGN}\(?{CURRENCY}{GAP}*{CORE}\)?|\(?{CORE}{GAP}*{CURRENCY}\)?)$",
        "duration": rf"^[<>~]?{GAP}*{CORE}\+?{GAP}*(?:{PERIOD})\.?{MORE_PARTS}$",
    }
    return _matches(text, "(?i)" + patterns[measure])


def currency(text: str) -> str:
    """The expression of the sign or code of money, in capitals; empty for a number without one."""
    return f"upper(regexp_extract({text}, {literal(f'(?i)(?:{CODE})')}))"


def same_currency(sign: str) -> frozenset[str]:
    """The signs and codes of this one's currency, in capitals; none for a text that is no sign of a currency."""
    if not re.fullmatch(CODE, sign, re.IGNORECASE):
        return frozenset()
    capitals = sign.upper()
    return frozenset(next((each for each in ONE_CURRENCY if capitals in each), {capitals}))


def bears_only(decimal: Decimal, text: str) -> str:
    """The condition for a number that can only have this decimal sign: 512,3 or 1.234,50; 1,234.5 or 0.25.

    1,234 has either: a decimal comma, or a comma between thousands.
    """
    own, other = (",", r"\.") if decimal == "," else (r"\.", ",")
    ends = rf"{own}(?:\d{{1,2}}|\d{{4,}})(?:\D|$)|(?:^|\D)0*{own}\d|\d{{4,}}{own}\d"
    grouped = rf"{other}\d{{3}}{own}|(?:{other}\d{{3}}){{2}}"
    return _matches(text, f"{ends}|{grouped}")


def is_in(unit: str, text: str) -> str:
    """The condition for a duration that has this unit."""
    return _matches(text, rf"(?i)\d\+?{GAP}*(?:{UNITS[unit]}){ENDS}")


def is_infinity(text: str) -> str:
    """The condition for an infinite number: no spelling of a value, but of a number among others."""
    return _matches(text, r"(?i)^[+-]?inf(?:inity)?$")


def _number(text: str, decimal: Decimal, measure: Measure) -> str:
    """The number without signs of the measure and marks between thousands; NULL where the rest is none.

    The usual spelling is tried first, at a seventh of the time.
    """
    grouping = "," if decimal == "." else "."
    before, after = {"money": (f"[{SYMBOLS}]?", ""), "percentage": ("", "%?")}.get(measure, ("", ""))
    usual = rf"{before}(?:\d+|\d{{1,3}}(?:[{grouping}]\d{{3}})+)(?:[{decimal}]\d+)?{after}"
    digits = f"translate({text}, {literal(f'{grouping}%{SYMBOLS}')}, '')"
    digits = f"replace({digits}, ',', '.')" if decimal == "," else digits
    rest = _unusual_number(text, decimal, measure)
    return f"CASE WHEN regexp_full_match({text}, {literal(usual)}) THEN TRY_CAST({digits} AS DOUBLE) ELSE {rest} END"


def _unusual_number(text: str, decimal: Decimal, measure: Measure) -> str:
    affix = {"percentage": "%", "money": f"(?i){CURRENCY}"}.get(measure)
    bare = text if affix is None else _without(text, affix)
    bare = f"replace(trim({bare}, {literal(BLANKS)}), {literal(MINUS)}, '-')"
    # An accountant's (1,200) and 1,200- are negative.
    bare = f"regexp_replace({bare}, {literal(ACCOUNTANTS)}, {literal(NEGATIVE)})"
    marks = _grouping(decimal)
    digits = _without(bare, marks)
    digits = f"replace({digits}, ',', '.')" if decimal == "," else digits
    shape = rf"^[+-]?(?:\d+|\d{{1,3}}(?:{marks}\d{{3}})+)?(?:[{decimal}]\d*)?(?:[eE][+-]?\d+)?$"
    return f"CASE WHEN {_matches(bare, shape)} THEN TRY_CAST({digits} AS DOUBLE) END"


def _duration(text: str, decimal: Decimal, unit: str) -> str:
    """The sum of its parts in the unit; `< 1 year` is 0 and `10+ years` is 10. NULL for a part that is no number.

    Whole numbers are tried first, at half the time.
    """
    whole = rf"(?i)^\d+\+?{GAP}*(?:{PERIOD})\.?{MORE_PARTS}$"
    marks = literal(rf"(\d){_grouping(decimal)}(\d{{3}})(\D|$)")
    bare = f"regexp_replace({text}, {marks}, '\\1\\2\\3', 'g')"
    bare = f"regexp_replace({bare}, {marks}, '\\1\\2\\3', 'g')"  # 1,200,000: marks share a digit with the one before
    bare = f"translate({bare}, ',.', '.,')" if decimal == "," else bare
    total = _sum_of_parts(bare, unit)
    signed = f"CASE WHEN {_matches(text, NEGATIVE_SIGN)} THEN -({total}) ELSE {total} END"
    return (
        f"CASE WHEN {_matches(text, whole)} THEN {_sum_of_parts(text, unit)} "
        f"WHEN NOT {is_written_as('duration', text)} THEN NULL WHEN starts_with({text}, '<') THEN 0.0 "
        f"WHEN NOT {_matches(bare, ',[0-9]')} THEN {signed} END"
    )


def _sum_of_parts(text: str, unit: str) -> str:
    """The sum of a duration's parts in the unit, without the sign; numbers have a decimal point and no other mark."""
    terms = []
    for name, pattern in UNITS.items():
        part = literal(rf"(?i)((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\+?{GAP}*(?:{pattern}){ENDS}")
        number = f"TRY_CAST(regexp_extract({text}, {part}, 1) AS DOUBLE)"
        terms.append(f"coalesce({number} * {_factor(name, unit)!r}, 0.0)")
    return " + ".join(terms)


def _grouping(decimal: Decimal) -> str:
    """The pattern of a mark between thousands."""
    return rf"[{',' if decimal == '.' else '.'} '\x{{2019}}\x{{00a0}}\x{{202f}}]"


def _factor(name: str, unit: str) -> float:
    if {name, unit} == {"months", "years"}:
        return 12.0 if unit == "months" else 1.0 / 12.0
    return 1.0 if name == unit else IN_DAYS[name] / IN_DAYS[unit]


def _matches(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, {literal(pattern)})"


def _without(text: str, pattern: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, '', 'g')"


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
