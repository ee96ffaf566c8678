"""The values that arrive from each spelling of a lender's file, and from their combinations."""

import codecs
import gzip
import io
import math
import zipfile
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.description.aggregates import AT_ONCE
from steps.run.console import UserError
from tests.unit.steps.description.files import values_of

pytestmark = pytest.mark.slow  # whole files described

NBSP = "\u00a0"


class Case(NamedTuple):
    """A file's content and name, and the values of its columns."""

    name: str
    content: str | bytes
    expected: dict[str, list]
    file: str = "loans.csv"
    target: str = "bad"
    default: tuple[str, ...] = ()


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


def gz(text: str) -> bytes:
    return gzip.compress(text.encode())


def zipped(text: str, *others: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inside.csv", text)
        for other in others:
            packed.writestr(other, "")
    return archive.getvalue()


PLAIN = lines("age,home,bad", "30,own,0", "41,rent,1", "52,own,0")
AS_PLAIN = {"age": [30, 41, 52], "home": ["own", "rent", "own"], "bad": [0, 1, 0]}

CASES = [
    # The form of the file.
    Case("commas", PLAIN, AS_PLAIN),
    Case("semicolons", PLAIN.replace(",", ";"), AS_PLAIN),
    Case("tabs in a .tsv", PLAIN.replace(",", "\t"), AS_PLAIN, "loans.tsv"),
    Case("tabs in a .txt", PLAIN.replace(",", "\t"), AS_PLAIN, "loans.txt"),
    Case("bars", PLAIN.replace(",", "|"), AS_PLAIN, "loans.txt"),
    Case("gzip", gz(PLAIN), AS_PLAIN, "loans.csv.gz"),
    Case("zip", zipped(PLAIN), AS_PLAIN, "loans.zip"),
    Case("zip of a Mac", zipped(PLAIN, "__MACOSX/._inside.csv"), AS_PLAIN, "loans.csv.zip"),
    Case("line ends of Windows", PLAIN.replace("\n", "\r\n"), AS_PLAIN),
    Case("line ends of an old Mac", PLAIN.replace("\n", "\r"), AS_PLAIN),
    Case("mixed line ends", PLAIN.replace("\n", "\r\n", 2), AS_PLAIN),
    Case("no line end at the end", PLAIN.rstrip("\n"), AS_PLAIN),
    Case("byte order mark", codecs.BOM_UTF8 + PLAIN.encode(), AS_PLAIN),
    Case("UTF-16", PLAIN.encode("utf-16"), AS_PLAIN),
    Case("UTF-16 without a mark", PLAIN.encode("utf-16-le"), AS_PLAIN),
    Case("Windows-1252", lines("größe,bad", "groß,0", "klein,1").encode("cp1252"),
         {"größe": ["groß", "klein"], "bad": [0, 1]}),
    Case("a title above the table", "Loans of 2012\n\n" + PLAIN, AS_PLAIN),
    Case("quoted values", lines('"age","home","bad"', '"30","own","0"', '"41","a, b","1"'),
         {"age": [30, 41], "home": ["own", "a, b"], "bad": [0, 1]}),
    Case("single quotes", lines("'age','home','bad'", "'30','own','0'", "'41','a, b','1'"),
         {"age": [30, 41], "home": ["own", "a, b"], "bad": [0, 1]}),
    Case("a line break in a value", lines("age,home,bad", '30,"own\nhouse",0', "41,rent,1"),
         {"age": [30, 41], "home": ["own\nhouse", "rent"], "bad": [0, 1]}),
    Case("quoted and padded numbers", lines("amount,bad", '"      1100",0', '"       950",1'),
         {"amount": [1100, 950], "bad": [0, 1]}),
    Case("blanks around values and names", lines("amount , bad", " 11 ,0", f"{NBSP}9{NBSP},1"),
         {"amount": [11, 9], "bad": [0, 1]}),
    # Names.
    Case("a name twice", lines("rate,rate,bad", "5,0.2,0", "6,0.3,1"),
         {"rate": [5, 6], "rate_2": [0.2, 0.3], "bad": [0, 1]}),
    Case("a name twice by case", lines("rate,Rate,rate_2,bad", "5,0.2,7,0", "6,0.3,8,1"),
         {"rate": [5, 6], "Rate_3": [0.2, 0.3], "rate_2": [7, 8], "bad": [0, 1]}),
    Case("an index that pandas wrote", lines(",age,bad", "0,30,0", "1,41,1"), {"age": [30, 41], "bad": [0, 1]}),
    Case("names with signs", lines('"a=b","c[1]:{d}","e,f",bad', "1,2,3,0", "4,5,6,1"),
         {"a=b": [1, 4], "c[1]:{d}": [2, 5], "e,f": [3, 6], "bad": [0, 1]}),
    # Numbers.
    Case("decimal commas", lines("rate;bad", "5,25;0", "6,5;1", "7;0"), {"rate": [5.25, 6.5, 7], "bad": [0, 1, 0]}),
    Case("quoted decimal commas", lines("rate,bad", '"5,25",0', '"6,5",1'), {"rate": [5.25, 6.5], "bad": [0, 1]}),
    Case("thousands by commas", lines("income,bad", '"12,345.60",0', '"1,000",1'),
         {"income": [12345.6, 1000], "bad": [0, 1]}),
    Case("thousands by points, decimal commas", lines("income;rate;bad", "12.345,60;1,5;0", "1.000;2,25;1"),
         {"income": [12345.6, 1000], "rate": [1.5, 2.25], "bad": [0, 1]}),
    Case("thousands by points, shown by another column", lines("income;rate;bad", "12.345;1,5;0", "1.000;2,25;1"),
         {"income": [12345, 1000], "rate": [1.5, 2.25], "bad": [0, 1]}),
    Case("thousands by spaces", lines("income;bad", f"12{NBSP}345,60;0", "1 000;1"),
         {"income": [12345.6, 1000], "bad": [0, 1]}),
    Case("thousands by apostrophes", lines("income,bad", "12'345.60,0", "1'000,1"),
         {"income": [12345.6, 1000], "bad": [0, 1]}),
    Case("an accountant's negatives", lines("balance,bad", '"(1,200.50)",0', "300,1", "45-,0"),
         {"balance": [-1200.5, 300, -45], "bad": [0, 1, 0]}),
    Case("exponents", lines("x,bad", "1e3,0", "2.5E-1,1"), {"x": [1000, 0.25], "bad": [0, 1]}),
    Case("percentages", lines("rate,bad", "83.70%,0", " 5%,1", ",0"), {"rate": [83.7, 5, None], "bad": [0, 1, 0]}),
    Case("percentages with decimal commas", lines("rate;bad", "13,5 %;0", "5 %;1"), {"rate": [13.5, 5], "bad": [0, 1]}),
    Case("dollars", lines("loan,bad", '"$1,200.00",0', "$950,1", "-$5,0"),
         {"loan": [1200, 950, -5], "bad": [0, 1, 0]}),
    Case("cents", lines("fee,bad", "$.50,0", "-$.25,1", "$1.5,0"), {"fee": [0.5, -0.25, 1.5], "bad": [0, 1, 0]}),
    Case("euros", lines("loan;bad", "1.200,00 €;0", "950 €;1"), {"loan": [1200, 950], "bad": [0, 1]}),
    Case("a currency's code", lines("loan,bad", "CHF 1'200,0", "CHF 950,1"), {"loan": [1200, 950], "bad": [0, 1]}),
    Case("months", lines("term,bad", " 36 months,0", " 60 months,1"), {"term": [36, 60], "bad": [0, 1]}),
    Case("years, from and to", lines("job,bad", "10+ years,0", "< 1 year,1", "1 year,0", "n/a,1"),
         {"job": [10, 0, 1, None], "bad": [0, 1, 0, 1]}),
    Case("years and months", lines("history,bad", "2yrs 3mon,0", "0yrs 11mon,1"),
         {"history": [27, 11], "bad": [0, 1]}),
    Case("durations of thousands", lines("since,bad", '"1,200 days",0', "1 200 days,1", "90 days,0"),
         {"since": [1200, 1200, 90], "bad": [0, 1, 0]}),
    Case("durations of thousands by points", lines("since;bad", "1.200 days;0", "2,5 days;1"),
         {"since": [1200, 2.5], "bad": [0, 1]}),
    Case("negative durations", lines("since,bad", "-3 days,0", "-1 week 2 days,1", "5 days,0"),
         {"since": [-3, -9, 5], "bad": [0, 1, 0]}),
    Case("parts of a year", lines("job,bad", ".5 years,0", "2.5 years,1"), {"job": [0.5, 2.5], "bad": [0, 1]}),
    Case("durations in German", lines("term;since;age;left;bad", "36 Monate;1 Tag;3 Jahre;2 Wochen;0",
                                      "1 Monat;10 TAGEN;1 Jahr und 6 Monate;1 Woche;1"),
         {"term": [36, 1], "since": [1, 10], "age": [36, 18], "left": [2, 1], "bad": [0, 1]}),
    Case("durations in French", lines("term;since;age;left;bad", "12 mois;1 jour;2 ans;3 semaines;0",
                                      "1 MOIS;10 jours;1 an et 6 mois;1 semaine;1",
                                      "7 mois;5 jours;10+ années;2 semaines;0"),
         {"term": [12, 1, 7], "since": [1, 10, 5], "age": [24, 18, 120], "left": [3, 1, 2], "bad": [0, 1, 0]}),
    Case("durations in Spanish", lines("term;since;age;left;bad", "24 meses;1 día;5 años;3 semanas;0",
                                       "1 mes;10 DÍAS;1 AÑO;1 semana;1", "6 meses;4 dias;2 an\u0303os;2 semanas;0"),
         {"term": [24, 1, 6], "since": [1, 10, 4], "age": [5, 1, 2], "left": [3, 1, 2], "bad": [0, 1, 0]}),
    Case("durations in Italian, Portuguese and Dutch",
         lines("i;p;n;bad", "24 mesi;12 meses;36 maanden;0", "1 anno e 2 mesi;1 mês;2 jaar;1",
               "1 mese;3 anos;1 maand;0"),
         {"i": [24, 14, 1], "p": [12, 1, 36], "n": [36, 24, 1], "bad": [0, 1, 0]}),
    Case("words of these languages alone", lines("a;j;bad", "an;ja;0", "mes;nein;1", "an;ja;0"),
         {"a": ["an", "mes", "an"], "j": [1, 0, 1], "bad": [0, 1, 0]}),
    Case("signs and units behind a blank that does not break",
         lines("rate;loan;term;bad", f"13,5{NBSP}%;1.200,00{NBSP}€;36{NBSP}months;0",
               f"5{NBSP}%;950{NBSP}€;2\u202fyears;1"),
         {"rate": [13.5, 5], "loan": [1200, 950], "term": [36, 24], "bad": [0, 1]}),
    Case("codes that are no numbers", lines("zip,bad", "860xx,0", "945xx,1", "860xx,0"),
         {"zip": ["860xx", "945xx", "860xx"], "bad": [0, 1, 0]}),
    Case("codes with zeros in front", lines("zip,bad", "01234,0", "99000,1"),
         {"zip": ["01234", "99000"], "bad": [0, 1]}),
    # Yes and no, missing values.
    Case("yes and no", lines("own,car,tf,bad", "Y,no,T,0", "N,yes,F,1"),
         {"own": [1, 0], "car": [0, 1], "tf": [1, 0], "bad": [0, 1]}),
    Case("NULL and blanks for missing", lines("x,home,bad", "NULL, ,0", "5,own,1", "6,NULL,0"),
         {"x": [None, 5, 6], "home": [None, "own", None], "bad": [0, 1, 0]}),
    Case("points for missing", lines("x,bad", ".,0", '"      1100",1', "7,0"),
         {"x": [None, 1100, 7], "bad": [0, 1, 0]}),
    Case("question marks for missing", lines("x,home,bad", "?,own,0", "5,?,1", "6,rent,0"),
         {"x": [None, 5, 6], "home": ["own", None, "rent"], "bad": [0, 1, 0]}),
    Case("none as a level, and as no number", lines("x,other,bad", "none,none,0", "5,bank,1", "6,none,0"),
         {"x": [None, 5, 6], "other": ["none", "bank", "none"], "bad": [0, 1, 0]}),
    # Dates.
    Case("dates of ISO", lines("d,bad", "2012-01-31,0", "2011-12-01,1"),
         {"d": [date(2012, 1, 31), date(2011, 12, 1)], "bad": [0, 1]}),
    Case("months of years", lines("d,bad", "Dec-2011,0", "Jan-2012,1"),
         {"d": [date(2011, 12, 1), date(2012, 1, 1)], "bad": [0, 1]}),
    Case("two spellings in one file", lines("d,bad", "Dec-2011,0", "2012-01-05,1"),
         {"d": [date(2011, 12, 1), date(2012, 1, 5)], "bad": [0, 1]}),
    Case("days first", lines("d,bad", "31/01/2012,0", "01/02/2012,1"),
         {"d": [date(2012, 1, 31), date(2012, 2, 1)], "bad": [0, 1]}),
    Case("months first", lines("d,bad", "01/31/2012,0", "02/01/2012,1"),
         {"d": [date(2012, 1, 31), date(2012, 2, 1)], "bad": [0, 1]}),
    Case("days, months in letters, years of two digits", lines("d,bad", "28-Feb-97,0", "1-Mar-05,1"),
         {"d": [date(1997, 2, 28), date(2005, 3, 1)], "bad": [0, 1]}),
    Case("dates of digits alone", lines("d,bad", "20120131,0", "20111201,1"),
         {"d": [date(2012, 1, 31), date(2011, 12, 1)], "bad": [0, 1]}),
    Case("dates with a time, and some missing", lines("d,bad", "2012-01-31 00:00:00,0", ",1", "2011-12-01 10:30:00,0"),
         {"d": [date(2012, 1, 31), None, date(2011, 12, 1)], "bad": [0, 1, 0]}),
    Case("dates of zeros for missing", lines("d,t,n,e,bad", "0000-00-00,0000-00-00 00:00:00,00000000,00.00.0000,0",
                                             "2012-01-31,2012-01-31 10:30:00,20120131,31.01.2012,1"),
         {each: [None, date(2012, 1, 31)] for each in "dtne"} | {"bad": [0, 1]}),
    Case("dates of zeros with a time", lines("d,e,bad", "00/00/0000 00:00,0000-00-00T00:00:00,0",
                                             "31/01/2012 10:30,2012-01-31T10:30:00,1"),
         {each: [None, date(2012, 1, 31)] for each in "de"} | {"bad": [0, 1]}),
    # Outcomes.
    Case("an outcome in words, with blanks", lines("x,status", "1,Fully Paid", "2,Charged Off", "3,", "4,Fully Paid"),
         {"x": [1, 2, 3, 4], "status": [0, 1, None, 0]}, target="status", default=("Charged Off",)),
    Case("an outcome in short", lines("x,MIS_Status", "1,P I F", "2,CHGOFF", "3, "),
         {"x": [1, 2, 3], "MIS_Status": [0, 1, None]}, target="MIS_Status", default=("CHGOFF",)),
    Case("loans that still run are unlabelled", lines("x,s", "1,Fully Paid", "2,Default", "3,Current", "4,Charged Off"),
         {"x": [1, 2, 3, 4], "s": [0, 1, None, 1]}, target="s", default=("Default", "Charged Off")),
    Case("an outcome of yes and no", lines("x,s", "1,N", "2,Y"), {"x": [1, 2], "s": [0, 1]}, target="s"),
    Case("an outcome of 1.0 and 0.0", lines("x,s", "1,0.0", "2,1.0"), {"x": [1, 2], "s": [0, 1]}, target="s"),
    # Together.
    Case("a lender of Europe", codecs.BOM_UTF8 + lines("id;rate;income;since;bad", "7;13,5 %;1.200,50 €;31.01.2012;N",
                                                       "8;5 %;950 €;01.02.2012;Y",
                                                       end="\r\n").encode(),
         {"rate": [13.5, 5], "income": [1200.5, 950], "since": [date(2012, 1, 31), date(2012, 2, 1)], "bad": [0, 1]}),
    Case("a lender of America, zipped",
         zipped(lines("id,int_rate,loan,term,bad", '1," 13.50%","$1,200.00", 36 months,0',
                      '2," 5.00%",$950, 60 months,1')),
         {"int_rate": [13.5, 5], "loan": [1200, 950], "term": [36, 60], "bad": [0, 1]}, "loans.zip"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_values_of_a_file_arrive_whatever_their_spelling(case: Case, tmp_path):
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())

    columns, _ = values_of(file, case.target, default=case.default)

    assert columns == {name: pytest.approx(values) if _is_numeric(values) else values
                       for name, values in case.expected.items()}  # fmt: skip


def _is_numeric(values: list) -> bool:
    return all(isinstance(value, int | float) for value in values)


def test_the_columns_of_parquet_keep_their_types(tmp_path):
    pq.write_table(
        pa.table(
            {
                "amount": pa.array([1, None], pa.int32()),
                "own": pa.array([True, False]),
                "since": pa.array([date(2012, 1, 31), None]),
                "home": pa.array([" rent ", "own"]),
                "rate": pa.array(["13.5%", "5%"]),
                "loans": pa.array([[1], [2]]),
                "bad": pa.array([0, 1]),
            }
        ),
        tmp_path / "loans.parquet",
    )

    columns, described = values_of(tmp_path / "loans.parquet", "bad")

    assert columns == {
        "amount": [1, None],
        "own": [1, 0],
        "since": [date(2012, 1, 31), None],
        "home": ["rent", "own"],
        "rate": [13.5, 5],
        "bad": [0, 1],
    }
    assert described.description.columns["loans"].because.startswith("its type is BIGINT[]")


def test_nan_in_parquet_is_missing_wherever_it_is(tmp_path):
    numbers = {"client": [1.0, 2.0, 3.0, 4.0], "bad": [0.0, 1.0, math.nan, 1.0], "x": [5.0, math.nan, 7.0, math.nan]}
    pq.write_table(pa.table({name: pa.array(np.array(values)) for name, values in numbers.items()}),
                   tmp_path / "loans.parquet")  # fmt: skip

    columns, _ = values_of(tmp_path / "loans.parquet", "bad", id="client")

    assert columns == {"bad": [0, 1, None, 1], "x": [5, None, 7, None]}


def test_an_outcome_of_numbers_that_are_none_is_asked_for(tmp_path):
    pq.write_table(pa.table({"bad": [0.0, 1.0, math.inf, 1e300], "x": [1, 2, 3, 4]}), tmp_path / "loans.parquet")

    with pytest.raises(UserError, match=r"which of them is a default\?"):
        values_of(tmp_path / "loans.parquet", "bad")


def test_lists_in_parquet_and_columns_without_values_are_left_out_with_their_reason(tmp_path):
    pq.write_table(
        pa.table(
            {
                "days": pa.array([[date(2012, 1, 31)], [date(2012, 2, 1)]]),
                "amounts": pa.array([[1], [2]], pa.list_(pa.decimal128(9, 2))),
                "moments": pa.array([[0], [1]], pa.list_(pa.timestamp("us"))),
                "empty": pa.array([None, None], pa.float64()),
                "bad": pa.array([0, 1]),
            }
        ),
        tmp_path / "loans.parquet",
    )

    columns, described = values_of(tmp_path / "loans.parquet", "bad")

    assert columns == {"bad": [0, 1]}
    reasons = {name: column.because for name, column in described.description.columns.items() if not column.use}
    assert reasons == {
        "days": "its type is DATE[], neither a number nor a text",
        "amounts": "its type is DECIMAL(9,2)[], neither a number nor a text",
        "moments": "its type is TIMESTAMP[], neither a number nor a text",
        "empty": "it has no values",
    }


def test_columns_beyond_those_of_one_query_are_described_as_the_first_ones(tmp_path):
    names = [f"x{place}" for place in range(2 * AT_ONCE + 7)]
    rows = [
        ",".join(["NULL" if row == place % 3 else f"{place + row}" for place in range(len(names))]) for row in range(3)
    ]
    (tmp_path / "loans.csv").write_text(
        lines(f"{','.join(names)},bad", *(f"{row},{n % 2}" for n, row in enumerate(rows)))
    )

    columns, described = values_of(tmp_path / "loans.csv", "bad")

    assert {name: columns[name] for name in names} == {
        name: [None if row == place % 3 else place + row for row in range(3)] for place, name in enumerate(names)
    }
    assert {column.missing for name, column in described.description.columns.items() if name != "bad"} == {("null",)}


def test_the_century_of_years_of_two_digits_is_said_with_the_number_of_late_ones(tmp_path):
    (tmp_path / "loans.csv").write_text(lines("since,bad", "Jan-62,0", "Mar-05,1", "Feb-97,0"))

    _, described = values_of(tmp_path / "loans.csv", "bad")

    assert described.warnings == ["since: its years have two digits, read as 1969 to 2068: 1 are 2030 or later"]
