"""The date of the application is found by its name, in several languages and spellings, or is none."""

import pytest

from steps.description.application_date import application_date, is_named_as_application

NAMED = [
    "date", "Datum", "fecha", "issue_d", "issue_date", "IssueDate", "issue.dt", "loan_issue_date", "application",
    "application_date", "application date", "Application-Date", "applicationdate", "app_date", "AppDate", "APP_DT",
    "date_applied", "Date of application", "Date of the loan application", "Approv=Date", "ApprovalDate",
    "approval_d", "DateApproved", "LoanOriginationDate", "orig_dt", "Origination Date", "DisbursementDate",
    "disbursement", "loan disbursed date", "granted", "listing_date", "Antragsdatum", "Kreditantragsdatum",
    "Antrag vom", "Datum des Antrags", "Datum_der_Bewilligung", "Genehmigungsdatum", "Auszahlungsdatum",
    "Auszahlungstag", "Date de la demande", "date d'octroi", "date_déblocage", "Date d'émission du prêt",
    "Fecha de solicitud",
    "fecha_aprobación", "FECHA DE DESEMBOLSO", "fecha otorgamiento",
]  # fmt: skip
OTHERS = [
    "birth_date", "Geburtsdatum", "date_de_naissance", "fecha_nacimiento", "last_application_date", "passport_issue_d",
    "ChgOffDate", "ChargeOffDate", "closed_on", "last_pymnt_d", "earliest_cr_line", "next_pymnt_d", "update", "loan",
    "ListingCreationDate", "DateCreditPulled", "settlement_date", "issued_by_employer", "tag", "d", "", "first_appeal",
    "application_date_2", "mandate", "dated", "date" + "del" * 200,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_name_of_the_date_of_the_application_is_one_in_whatever_spelling(name):
    assert is_named_as_application(name)


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_of_another_date_is_none(name):
    assert not is_named_as_application(name)


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        (["birth_date", "Antragsdatum"], "Antragsdatum"),
        (["ApprovalDate", "DisbursementDate"], None),
        (["birth_date"], None),
        ([], None),
    ],
)
def test_exactly_one_is_the_date_of_the_application(dates, found):
    assert application_date(dates) == found
