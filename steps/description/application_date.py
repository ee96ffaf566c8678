"""The date of the application among a file's dates, by the names that lenders give it."""

import re
import unicodedata
from collections.abc import Iterable

from steps.description.document import Description, Kind

# What happens on that day, in English, German, French and Spanish: letters alone, without accents.
EVENTS = (
    "app|appl|appn|application|applied|appr|approv|approval|approved|issue|issuance|orig|origination|originated|grant|"
    "granted|disb|disbursal|disbursed|disbursement|listing|"
    "antrag|antragstellung|beantragung|beantragt|genehmigung|genehmigt|bewilligung|bewilligt|vergabe|ausgabe|"
    "auszahlung|ausgezahlt|"
    "demande|approbation|accord|octroi|emission|deblocage|decaissement|versement|"
    "solicitud|aprobacion|concesion|otorgamiento|originacion|desembolso"
)
DAYS = "date|day|datum|tag|jour|fecha|dia"
SHORT = "d|dt|am|vom"  # of a day, behind what happens
LOAN = "loan|credit|mortgage|kredit|darlehen|pret|prestamo|hypothek"
OF = "of|the|des|der|du|de|la|le|l|d"
NAMED = re.compile(
    rf"(?:date|datum|fecha)|"
    rf"(?:{LOAN})?s?(?:(?:{DAYS})(?:{OF}){{0,3}})?(?:{LOAN})?s?(?:{EVENTS})e?s?(?:(?:{OF}){{0,3}}(?:{LOAN}))?s?(?:{DAYS}|{SHORT})?"
)


def is_named_as_application(name: str) -> bool:
    """Whether a column is named as the date of the application, the approval, the issue or the disbursement.

    Letter case, accents and what separates the words do not count: `ApprovalDate`, `issue_d`, `Antragsdatum`,
    `Date de la demande`. With another word it is the date of something else: `last_application_date`.
    """
    apart = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in apart if each.isalnum())
    return NAMED.fullmatch(letters) is not None


def application_date(dates: Iterable[str]) -> str | None:
    """The column of dates that is named as that of the application, if there is exactly one."""
    named = [name for name in dates if is_named_as_application(name)]
    return named[0] if len(named) == 1 else None


def other_dates(description: Description) -> list[str]:
    """The dates that the model may use beside that of the application."""
    fields = description.fields().items()
    return [name for name, column in fields if column.kind is Kind.date and column.use and name != description.date]
