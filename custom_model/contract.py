"""The contract: which fields an application may have, of which kind, and which it must have."""

import hashlib
import json
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict, create_model


class Contract(BaseModel):
    """Every column of the feature table, by kind; no other field is accepted.

    `numeric` fields are numbers, `categories` maps each text field to the levels seen in training,
    `required` fields must be sent with a value, `history` fields come from the client's past loans.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    id_is_text: bool = False
    numeric: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    required: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The columns of the matrix that requests are turned into: numbers, then categories by name.

        MLflow keeps the contract as YAML with sorted keys, so no order of `categories` would last.
        """
        return (*self.numeric, *sorted(self.categories))

    @cached_property
    def position(self) -> dict[str, int]:
        """The column of each field in that matrix."""
        return {name: column for column, name in enumerate(self.fields)}

    @cached_property
    def number_position(self) -> dict[str, int]:
        """The same for the fields that are numbers alone."""
        return {name: self.position[name] for name in self.numeric}

    @cached_property
    def history_position(self) -> np.ndarray:
        """(history fields,) the columns of the fields that come from the client's past loans."""
        return np.array([self.position[name] for name in self.history], dtype=np.intp)

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """The number that stands for each level of each category, from 0 in the order of `categories`."""
        return {
            name: {level: float(code) for code, level in enumerate(levels)} for name, levels in self.categories.items()
        }

    @cached_property
    def digest(self) -> str:
        """The contract's version: the first 16 hexadecimal digits of the SHA-256 of its JSON with sorted keys."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def applicant(self) -> type[BaseModel]:
        """The contract as a pydantic model, from which MLflow writes the model's signature."""
        optional = {
            **{name: (float | None, None) for name in self.numeric},
            **{name: (str | None, None) for name in self.categories},
        }
        required = {name: (str if name in self.categories else float, ...) for name in self.required}
        identity = {self.id: ((str if self.id_is_text else int) | None, None)}
        return create_model("Applicant", **{**identity, **optional, **required})
