"""policy.yaml: the numbers that the business may change."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from custom_model.alternatives import Move
from custom_model.costs import Costs
from custom_model.expectations import expectation, nearest
from custom_model.points import ScoreScale
from custom_model.rules import InformationGroup, Rules, UnusualValues
from custom_model.texts import UNPRINTABLE
from steps.run.console import UserError
from steps.run.documents import UnusableDocument, parse_yaml, read_document
from steps.run.letters import Letters
from steps.run.monitoring_limits import MonitoringLimits
from steps.run.printable import clipped
from steps.run.settings import PROJECT

Number = Annotated[float, Strict()]  # neither true nor a text
Count = Annotated[int, Strict()]
MOST_MOVES = 5  # fields of the loan that may move: each adds to what a refusal costs a server
LISTED = 20  # problems of a file that a message names
LONGEST_SENTENCE = 300  # characters
PRINTABLE = re.compile(rf"[^{UNPRINTABLE}]*[^\s{UNPRINTABLE}][^{UNPRINTABLE}]*")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def _sentence(text: str) -> str:
    if len(text) > LONGEST_SENTENCE or not PRINTABLE.fullmatch(text):
        raise ValueError(f"expected a sentence of 1 to {LONGEST_SENTENCE} characters, in one line")
    return text


def _value(value: object) -> object:
    """The text of a value; a bare Y, N, yes or no is a boolean in YAML, and none of a field's values."""
    if isinstance(value, bool):
        raise ValueError('expected a value in quotes, as "Y": without them YAML reads yes or no')
    return f"{value:.15g}" if isinstance(value, int | float) else value


Sentence = Annotated[str, AfterValidator(_sentence)]
Value = Annotated[str, BeforeValidator(_value)]


class ReplayBounds(BaseModel):
    """What a version must show on the requests on record, see `steps.gate.replay`.

    Parameters
    ----------
    days : int
        How far back they are read.
    least_decisions : int
        Decisions on record in this time; with fewer, no version passes.
    largest_change_of_approval : float
        Of the share granted, to either side: the farther end of the 95 % interval.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    days: Count = Field(ge=1, le=3_660)
    least_decisions: Count = Field(ge=1)
    largest_change_of_approval: Number = Field(gt=0, le=1)


class Gate(BaseModel):
    """The limits that a version must meet on the holdout to become champion.

    Parameters
    ----------
    least_clients : int
        Held-out clients; with fewer, no version passes.
    least_defaults : int
        Defaults among them.
    worst_cost_increase : float
        Of the mean cost per client over the champion's: the upper end of the 95 % interval.
    worst_calibration_error : float
        Expected calibration error, in probability.
    least_business_score : float
        Below the whole 95 % interval of the business score.
    approvals : int
        People besides the one who promotes who must approve a version that passed.
    worst_auc_decrease : float
        Below the champion's AUC: the upper end of the 95 % interval.
    worst_threshold_cost : float
        Per client, that the policy's threshold costs more than the cheapest one outside of its band.
    worst_segment_cost_increase : float
        As `worst_cost_increase`, of any segment or protected group, beyond doubt.
    worst_approval_ratio_decrease : float
        Of any protected group's approval rate over the best group's, below the champion's, beyond doubt.
    least_approval_ratio : float or None
        That ratio itself, beyond doubt; without it no bound.
    worst_latency_ratio : float
        Time of an answer over the champion's, beyond doubt.
    replay : ReplayBounds or None
        What it must show on the requests on record; without it they are not asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    least_clients: Count = Field(ge=1)
    least_defaults: Count = Field(ge=1)
    worst_cost_increase: Number = Field(ge=0)
    worst_calibration_error: Number = Field(gt=0, lt=1)
    least_business_score: Number = Field(lt=1)
    approvals: Count = Field(0, ge=0, le=9)
    worst_auc_decrease: Number = Field(0.01, ge=0, lt=1)
    worst_threshold_cost: Number = Field(0.01, ge=0)
    worst_segment_cost_increase: Number = Field(0.02, ge=0)
    worst_approval_ratio_decrease: Number = Field(0.05, ge=0, lt=1)
    least_approval_ratio: Number | None = Field(None, gt=0, le=1)
    worst_latency_ratio: Number = Field(2.0, ge=1)
    replay: ReplayBounds | None = None


class PlausibleRange(BaseModel):
    """Bounds of a numeric field, both included, that are narrower than what the field can be.

    Parameters
    ----------
    lowest : float or None
        A value below is an error; without it no lower bound of the policy's.
    highest : float or None
        A value above is an error; without it no upper bound of the policy's.
    """

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
        Of a number: the number of bands with equally many clients; without it each of at most 10
        values, else 5 bands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    bands: Count | None = Field(None, ge=2, le=20)


class Sentences(BaseModel):
    """Sentences of the reasons in place of a feature's own.

    Parameters
    ----------
    low : str or None
        Where the risk rises by a low value; without it the feature's own sentence, as below.
    high : str or None
        Where it rises by a high value.
    missing : str or None
        Where it rises because there is no value.
    values : dict of str to str
        Where it rises by this value, of a text or of a number with few values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: Sentence | None = None
    high: Sentence | None = None
    missing: Sentence | None = None
    values: dict[Value, Sentence] = {}

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if not self.model_dump(exclude_defaults=True):
            raise ValueError("expected a sentence for one of low, high, missing, values")
        return self


class Policy(BaseModel):
    """The content of policy.yaml.

    Parameters
    ----------
    costs : Costs
        Of the two wrong decisions, and of a person's look, in one unit.
    required_fields : tuple of str
        Fields without a value of which an application is an error; training adds those that could win credit.
    plausible_ranges : dict of str to PlausibleRange
        *Training*: narrower bounds than a field's own, outside of which an application is an error.
    unusual_values : UnusualValues
        What becomes of an application with a number outside what training saw.
    least_information : dict of str to InformationGroup
        Groups of fields, and what becomes of an application that has fewer values of one than `least`.
    most_won_by_omission : float
        *Training*: share of the refused who may be granted by leaving out any one field or group of fields.
    request_threshold : {"simulate", "allow", "forbid"}
        What a request's own threshold does: no decision, a decision, or an error.
    excluded_fields : tuple of str
        *Training*: fields that an application may have and no model uses.
    protected_attributes : tuple of str
        Fields by whose groups every report and the gate look at the decisions.
    implausible_auc : float
        *Training*: AUC from which on one feature alone is taken for a leak of the outcome.
    promotion : Gate
        What a version must show to become champion.
    monitoring : MonitoringLimits
        When a window of traffic raises an alarm.
    letters : Letters
        Who writes to a client about a decision.
    segments : dict of str to Segment
        Parts of the clients that every report and the gate judge by themselves.
    owners : dict of str to str
        Who answers for a version, by role.
    desk_login : str
        Login to MLflow under which a desk acts for people whom the ledger then names; empty: none.
    monotonic : dict of str to {"increasing", "decreasing"}
        *Training*: with these fields the risk only rises, or only falls.
    score : ScoreScale or None
        Scale of the points beside the probability; without it no points.
    wording : dict of str to Sentences
        Sentences of the reasons in place of a feature's own.
    alternatives : dict of str to Move
        Fields of the loan that may move in a counter-offer, at most 5.
    """

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
    monitoring: MonitoringLimits = MonitoringLimits()
    letters: Letters = Letters()
    segments: dict[str, Segment] = {}
    owners: dict[str, str] = {}
    desk_login: str = ""
    monotonic: dict[str, Literal["increasing", "decreasing"]] = {}
    score: ScoreScale | None = None
    wording: dict[str, Sentences] = {}
    alternatives: Annotated[dict[str, Move], Field(max_length=MOST_MOVES)] = {}

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
