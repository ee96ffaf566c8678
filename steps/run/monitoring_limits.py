"""The limits of policy.yaml's section `monitoring`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict

Number = Annotated[float, Strict()]
Count = Annotated[int, Strict()]


class MonitoringLimits(BaseModel):
    """From where on a window of traffic raises an alarm; "beyond doubt" is at `false_alarms`, over all comparisons.

    Parameters
    ----------
    false_alarms : float
        Share of the windows without anything beyond what is tolerated here that may raise an alarm.
    least_decisions : int
        Decisions in a window; with fewer nothing is tested.
    tolerated_psi : float
        Population stability index of a field, the score, the decisions or the reasons that is no drift.
    largest_change_of_approval : float
        Of the share granted against the reference's, to either side, beyond doubt.
    largest_increase_of_cost : float
        Of the expected cost of a decision, as a share of the reference's, beyond doubt.
    worst_miscalibration : float
        Defaults of granted clients over those expected, less 1, to either side, beyond doubt.
    outcome_months : int
        Months after which a loan without a default is a good one, as the outcome that models are trained on has it.
    worst_approval_ratio_decrease : float
        Of a protected group's approval rate over all others', below the reference's ratio, beyond doubt.
    largest_share_repeated : float
        Requests of which all fields equal those of an earlier one, beyond the reference's share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    false_alarms: Number = Field(0.05, gt=0, le=0.5)
    least_decisions: Count = Field(100, ge=50)
    tolerated_psi: Number = Field(0.005, ge=0, le=1)
    largest_change_of_approval: Number = Field(0.05, ge=0, lt=1)
    largest_increase_of_cost: Number = Field(0.1, ge=0)
    worst_miscalibration: Number = Field(0.1, ge=0)
    outcome_months: Count = Field(12, ge=1, le=120)
    worst_approval_ratio_decrease: Number = Field(0.05, ge=0, lt=1)
    largest_share_repeated: Number = Field(0.01, ge=0, lt=1)
