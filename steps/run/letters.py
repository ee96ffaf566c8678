"""policy.yaml's section `letters`: who writes to a client about a decision, and how the client answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from custom_model.texts import UNPRINTABLE

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=rf"^[^{UNPRINTABLE}]*$")]

Notice = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000, pattern=rf"^[^{UNPRINTABLE}]*$")
]


class Letters(BaseModel):
    """What letters say about the lender; an entry that is empty is left out of them.

    Parameters
    ----------
    lender : str
        Who decides.
    department : str
        Who answers for the decision there.
    address : tuple of str
        Postal address of the department, by line.
    email : str
        Where a client writes to it.
    phone : str
        Where a client calls it.
    contest_within_days : int
        Days from receipt of a letter within which a client may ask that a person looks at the decision.
    currency : str
        Beside amounts, such as EUR.
    amounts : tuple of str
        Fields of the request that a letter repeats as what was asked, such as the loan and its instalment.
    notices : dict of {"en", "fr"} to tuple of str
        Paragraphs at the end of a refusal, by language: what the law of the place asks for besides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lender: Line = ""
    department: Line = ""
    address: Annotated[tuple[Line, ...], Field(max_length=6)] = ()
    email: Line = ""
    phone: Line = ""
    contest_within_days: Annotated[int, Strict()] = Field(30, ge=1, le=365)
    currency: Annotated[Line, Field(max_length=8)] = ""
    amounts: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    notices: dict[Literal["en", "fr"], Annotated[tuple[Notice, ...], Field(max_length=5)]] = {}

    @property
    def lacking(self) -> tuple[str, ...]:
        """The entries without which no letter may be sent: who writes, and where the client can write to."""
        no_place = not any(self.address) and not self.email
        return (*(() if self.lender else ("lender",)), *(("address", "email") if no_place else ()))
