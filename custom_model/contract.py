"""The contract: an application's fields, their types, and which of them it must have."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, create_model, model_validator


class Contract(BaseModel):
    """Every column of the feature table, by type; an application with any other field is rejected.

    Parameters
    ----------
    id : str
        Name of the client's id.
    id_is_text : bool
        Whether ids are text; whole numbers of at most 64 bits otherwise.
    numeric : tuple of str
        Names of the numeric fields, in the order of the matrix.
    categories : dict of str to tuple of str
        Levels of each text field as seen in training. A level's position is its code in the matrix: with
        ``{"COLOUR": ("blue", "red")}``, red is 1.0.
    rest : tuple of str
        Text fields with so many rare levels that these are one: every text but their `categories` has the code after
        the last of these. With the above, green is 2.0, and none is unknown.
    required : tuple of str
        Fields that an application must have a value for.
    declared : tuple of str
        Fields that an application must have, with a value or an explicit null: null says that the lender asked and
        there is none. History fields among them are declared, too, by a history store that was asked for the client.
    history : tuple of str
        Numeric fields that come from the client's past loans; a history store may fill them in.

    Attributes
    ----------
    fields : tuple of str
        The columns of the matrix of `Applications.values`, (rows, fields) float64.
    codes : dict of str to dict of str to float
        Code of each level, by category.
    rest_codes : dict of str to float
        Code of all other levels, by field of `rest`.
    digest : str
        The contract's version, 16 hexadecimal digits.

    Raises
    ------
    pydantic.ValidationError
        For a missing or unknown key, as in a contract of another version, or a value of another type.

    Examples
    --------
    ``Contract(id="ID", numeric=("AGE",), categories={"COLOUR": ("blue", "red")}, required=("AGE",))`` has the fields
    ``("AGE", "COLOUR")``; a red application of a client of 41 is the row ``[41.0, 1.0]``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    id_is_text: bool = False
    numeric: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    rest: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rest_is_of_categories(self) -> Self:
        others = sorted(set(self.rest).difference(self.categories))
        if others:
            raise ValueError(f"rest: expected names of categories, got {', '.join(others)}")
        return self

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The matrix's columns: numeric fields in their order, then categories by name.

        By name because MLflow stores the contract as YAML with sorted keys, which loses any other order.
        """
        return (*self.numeric, *sorted(self.categories))

    @cached_property
    def column_of(self) -> dict[str, int]:
        """The matrix column of each field."""
        return {name: column for column, name in enumerate(self.fields)}

    @cached_property
    def numeric_column_of(self) -> dict[str, int]:
        """The matrix column of each numeric field."""
        return {name: self.column_of[name] for name in self.numeric}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that an application may use: all fields and the id."""
        return frozenset({*self.fields, self.id})

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The id and all fields, in the order of their values on record; a contract of the same digest has the same."""
        return tuple(dict.fromkeys((self.id, *self.fields)))

    @cached_property
    def left_out(self) -> dict[str, bool]:
        """False, which no field can be, for each name of `order`: what is on record of an application without any."""
        return dict.fromkeys(self.order, False)

    @cached_property
    def required_columns(self) -> np.ndarray:
        """(required fields,) their matrix columns."""
        return np.array([self.column_of[name] for name in self.required], dtype=np.intp)

    @cached_property
    def declared_by_request(self) -> frozenset[str]:
        """The declared fields that only the request itself can have."""
        return frozenset(self.declared).difference(self.history)

    @cached_property
    def declared_history(self) -> frozenset[str]:
        """The declared history fields, which the request or a history store can have."""
        return frozenset(self.declared).intersection(self.history)

    @cached_property
    def history_columns(self) -> np.ndarray:
        """(history fields,) their matrix columns."""
        return np.array([self.column_of[name] for name in self.history], dtype=np.intp)

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """The code of each level by category, counted from 0 in the order of `categories`."""
        return {
            name: {level: float(code) for code, level in enumerate(levels)} for name, levels in self.categories.items()
        }

    @cached_property
    def rest_codes(self) -> dict[str, float]:
        """The code of every other level, by field with such a code."""
        return {name: float(len(self.categories[name])) for name in self.rest}

    @cached_property
    def digest(self) -> str:
        """The contract's version: the first 16 hexadecimal digits of the SHA-256 of its JSON with sorted keys.

        Without `rest` where that is empty: contracts had digests before they had it.
        """
        text = json.dumps(self.model_dump(mode="json", exclude=None if self.rest else {"rest"}), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def requiring(self, required: tuple[str, ...], declared: tuple[str, ...]) -> "Contract":
        """The same fields with other requirements; `model_copy` would keep the cached columns of these."""
        return Contract(**{**self.model_dump(), "required": required, "declared": declared})

    def shortest(self, application: Mapping[str, Any]) -> dict[str, Any]:
        """The least that must be sent of an application: required fields, and null for those declared by a request."""
        required = {name: application[name] for name in self.required}
        return {**required, **dict.fromkeys(sorted(self.declared_by_request))}

    def shortest_request(self, application: Mapping[str, Any]) -> dict[str, Any]:
        """The shortest request for a decision, with the values of this application and without history."""
        request: dict[str, Any] = {"inputs": [self.shortest(application)]}
        return {**request, "params": {"history": "none"}} if self.declared_history else request

    def applicant(self) -> type[BaseModel]:
        """The contract as a pydantic model.

        Returns
        -------
        type of pydantic.BaseModel
            A class ``Applicant`` with the id, every required field and every other one, None by default: MLflow,
            which derives the model's signature from it, knows no field that may be null but must be there.
        """
        identity = {self.id: ((str if self.id_is_text else int) | None, None)}
        optional: dict[str, Any] = {
            **{name: (float | None, None) for name in self.numeric},
            **{name: (str | None, None) for name in self.categories},
        }
        required = {name: (str if name in self.categories else float, ...) for name in self.required}
        fields: dict[str, Any] = {**identity, **optional, **required}
        return create_model("Applicant", **fields)
