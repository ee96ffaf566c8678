"""policy.yaml: the numbers that the business may change."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from custom_model.costs import Costs
from custom_model.expectations import expectation, nearest
from custom_model.rules import InformationGroup, Rules, UnusualValues
from steps.run.console import UserError
from steps.run.documents import UnusableDocument, parse_yaml, read_document
from steps.run.printable import clipped
from steps.run.settings import PROJECT

Number = Annotated[float, Strict()]  # neither true nor a text
Count = Annotated[int, Strict()]
LISTED = 20  # problems of a file that a message names
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Gate(BaseModel):
    """The limits that a version must meet on the holdout to become champion."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    least_clients: Count = Field(ge=1)
    least_defaults: Count = Field(ge=1)
    worst_cost_increase: Number = Field(ge=0)
    worst_calibration_error: Number = Field(gt=0, lt=1)
    least_business_score: Number = Field(lt=1)


class PlausibleRange(BaseModel):
    """Bounds of a numeric field, both included, that are narrower than what the field can be; None: no bound."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lowest: Number | None = None
    highest: Number | None = None

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError("expected `lowest` to be at most `highest`")
        return self


class Segment(BaseModel):
    """How a segment divides the clients: by a field, or by whether they have a history of loans.

    Parameters
    ----------
    by : str
        A field, or "history".
    bands : int or None
        Of a number: the number of bands with equally many clients; None: each of at most 10 values, else 5 bands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    bands: Count | None = Field(None, ge=2, le=20)


class Policy(BaseModel):
    """The content of policy.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    costs: Costs
    required_fields: tuple[str, ...]
    plausible_ranges: dict[str, PlausibleRange] = {}
    unusual_values: UnusualValues = UnusualValues()
    least_information: dict[str, InformationGroup] = {}
    most_won_by_omission: Number = Field(0.02, gt=0, lt=1)
    request_threshold: Literal["simulate", "allow", "forbid"] = "simulate"
    excluded_fields: tuple[str, ...] = ()
    protected_attributes: tuple[str, ...]
    implausible_auc: Number = Field(gt=0.5, le=1)
    promotion: Gate
    segments: dict[str, Segment] = {}
    owners: dict[str, str] = {}

    @property
    def rules(self) -> Rules:
        """The rules that travel in the model and decide in place of its threshold."""
        return Rules(
            least_information=self.least_information,
            unusual_values=self.unusual_values,
            request_threshold=self.request_threshold,
        )


def read_policy(path: Path = PROJECT / "policy.yaml") -> Policy:
    """The policy in a file; raise `UserError` that names every invalid entry."""
    try:
        text = read_document(path)
    except FileNotFoundError:
        raise UserError(f"{path}: expected the policy, found no such file") from None
    except (OSError, UnusableDocument) as error:
        raise UserError(f"{path} cannot be read as text: {error}") from None
    try:
        return Policy.model_validate(parse_yaml(text))
    except UnusableDocument as error:
        raise UserError(f"{path} is not YAML: {error}; expected lines such as `name: value`") from None
    except ValidationError as error:
        problems = list(map(_problem, error.errors(include_url=False)))
        rest = f"; and {len(problems) - LISTED:,} more" if len(problems) > LISTED else ""
        raise UserError(f"{path}: {'; '.join(problems[:LISTED])}{rest}") from None


def _problem(problem: ErrorDetails) -> str:
    """The entry, what was expected there, what came and what to do."""
    # Without the alternatives of a union, which pydantic names by their types.
    *section, name = [part for part in problem["loc"] if "[" not in str(part)] or ["the file"]
    entry, came = clipped(".".join(map(str, [*section, name]))), problem["input"]
    if problem["type"] == "missing":
        return f"{entry}: expected this entry, found none"
    if problem["type"] == "extra_forbidden":
        known = _entries(section)
        return f"{entry}: expected only {', '.join(known)} here{nearest(str(name), known)}"
    return f"{entry}: {expectation(problem)}, got {clipped(repr(came))}{_decimal_point(came)}"


def _entries(section: list[int | str]) -> list[str]:
    """The names of a section's entries."""
    kind: Any = Policy
    for name in section:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(name)].annotation
        elif get_origin(kind) is dict:  # of sections that have names of the file's own
            kind = get_args(kind)[1]
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _decimal_point(came: object) -> str:
    """A hint for a number with a decimal comma, which YAML reads as a text."""
    if isinstance(came, str) and DECIMAL_COMMA.fullmatch(came.strip()):
        return f": write {came.strip().replace(',', '.')}, with a decimal point"
    return ""
