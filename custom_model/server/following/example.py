"""A version's example: an application of nobody, and the decision that was logged with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from custom_model.mlmodel_file import read_yaml

EXAMPLE_DECISION = "example_decision"  # in the metadata of MLmodel
EXAMPLE = "serving_input_example.json"  # MLflow's name
ANSWER = ("decision", "probability_of_default", "threshold", "expected_cost_granted", "expected_cost_refused")


@dataclass(frozen=True)
class Example:
    """An application, field to value, and fields of the decision that was logged with it."""

    application: Mapping[str, Any]
    decision: Mapping[str, Any]

    @classmethod
    def of(cls, model: Path) -> Self:
        """The example in a model's folder; raises `ValueError` where there is none, or no decision with it."""
        try:
            metadata = read_yaml((model / "MLmodel").read_text("utf-8")).get("metadata") or {}
            (application,) = json.loads((model / EXAMPLE).read_text("utf-8"))["inputs"]
            return cls(application, metadata[EXAMPLE_DECISION])
        except (OSError, KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as error:
            raise ValueError(f"it has no example with a logged decision ({type(error).__name__})") from None

    def body(self, **params: object) -> bytes:
        """The request for the example's decision, with these params."""
        return json.dumps({"inputs": [self.application], "params": params}).encode()

    def differences(self, answer: Mapping[str, Any]) -> list[str]:
        """What an answer says otherwise than the logged decision, in words."""
        return [
            f"{name} {answer.get(name)!r} for {value!r}"
            for name, value in self.decision.items()
            if answer.get(name) != value
        ]
