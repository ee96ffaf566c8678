"""policy.yaml: the numbers that the business may change."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from custom_model.costs import Costs
from custom_model.rules import InformationGroup, Rules, UnusualValues
from steps.run.console import UserError
from steps.run.settings import PROJECT


class Gate(BaseModel):
    """The limits that a version must meet on the holdout to become champion."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    least_clients: int = Field(ge=1)
    least_defaults: int = Field(ge=1)
    worst_cost_increase: float = Field(ge=0)
    worst_calibration_error: float = Field(gt=0, lt=1)
    least_business_score: float = Field(lt=1)


class PlausibleRange(BaseModel):
    """Bounds of a numeric field, both included, that are narrower than what the field can be; None: no bound."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lowest: float | None = None
    highest: float | None = None


class Policy(BaseModel):
    """The content of policy.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    costs: Costs
    required_fields: tuple[str, ...]
    plausible_ranges: dict[str, PlausibleRange] = {}
    unusual_values: UnusualValues = UnusualValues()
    least_information: dict[str, InformationGroup] = {}
    most_won_by_omission: float = Field(0.02, gt=0, lt=1)
    request_threshold: Literal["simulate", "allow", "forbid"] = "simulate"
    excluded_fields: tuple[str, ...] = ()
    protected_attributes: tuple[str, ...]
    implausible_auc: float = Field(gt=0.5, le=1)
    promotion: Gate

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
        return Policy.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        raise UserError(f"{path}: expected the policy, found no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as text: {error}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from None
    except ValidationError as error:
        errors = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            + ("" if each["type"] == "missing" else f", got {each['input']!r}")
            for each in error.errors(include_url=False)
        )
        raise UserError(f"{path}: {errors}") from None
