"""The contract: columns by type, in a stable order."""

import pytest
from pydantic import BaseModel, ValidationError

from custom_model.contract import Contract

CONTRACT = Contract(
    id="SK_ID_CURR",
    numeric=("B", "A"),
    categories={"Z": ("no", "yes"), "C": ("x",)},
    required=("A", "Z"),
    history=("B",),
)


def test_matrix_columns_are_numbers_in_their_order_then_categories_by_name():
    assert CONTRACT.fields == ("B", "A", "C", "Z")
    assert CONTRACT.column_of == {"B": 0, "A": 1, "C": 2, "Z": 3}


def test_matrix_columns_survive_a_file_with_sorted_keys():
    dump = CONTRACT.model_dump(mode="json")
    sorted_keys = {**dump, "categories": dict(sorted(dump["categories"].items()))}

    assert Contract(**sorted_keys).fields == CONTRACT.fields


def test_levels_are_coded_from_zero_in_their_order():
    assert CONTRACT.codes == {"Z": {"no": 0.0, "yes": 1.0}, "C": {"x": 0.0}}


def applicant_fields(contract: Contract) -> dict[str, tuple[object, bool]]:
    applicant = contract.applicant()
    assert issubclass(applicant, BaseModel)
    return {name: (field.annotation, field.is_required()) for name, field in applicant.model_fields.items()}


def test_the_applicant_has_the_id_and_every_field_and_requires_the_required_ones():
    assert applicant_fields(CONTRACT) == {
        "SK_ID_CURR": (int | None, False),
        "B": (float | None, False),
        "A": (float, True),
        "Z": (str, True),
        "C": (str | None, False),
    }


def test_a_text_id_is_text_in_the_applicant():
    fields = applicant_fields(Contract(**{**CONTRACT.model_dump(), "id_is_text": True}))

    assert fields["SK_ID_CURR"] == (str | None, False)


def test_a_contract_of_another_version_is_refused():
    with pytest.raises(ValidationError, match="optional"):
        Contract(**CONTRACT.model_dump(), optional=())


def test_rare_levels_have_the_code_after_the_others():
    assert Contract(**{**CONTRACT.model_dump(), "rest": ("Z",)}).rest_codes == {"Z": 2.0}


def test_only_a_category_has_rare_levels():
    with pytest.raises(ValidationError, match="rest: expected names of categories, got A"):
        Contract(**{**CONTRACT.model_dump(), "rest": ("A", "Z")})


def test_a_contract_of_before_rare_levels_loads_and_keeps_its_digest():
    before = {name: value for name, value in CONTRACT.model_dump(mode="json").items() if name != "rest"}

    assert Contract(**before) == CONTRACT
    assert CONTRACT.digest == "23b3ef09167899a0"  # as computed by the version before
    assert Contract(**{**before, "rest": ("Z",)}).digest != CONTRACT.digest


def test_other_requirements_keep_the_rare_levels():
    assert Contract(**{**CONTRACT.model_dump(), "rest": ("Z",)}).requiring((), ()).rest == ("Z",)
