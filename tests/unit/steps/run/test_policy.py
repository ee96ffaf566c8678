"""policy.yaml: an error names its entry."""

import pytest
import yaml

from custom_model.costs import Costs
from custom_model.points import ScoreScale
from steps.run.console import UserError
from steps.run.policy import read_policy
from steps.run.settings import PROJECT

POLICY = {
    "costs": {"false_negative": 10, "false_positive": 1},
    "required_fields": ["AMT_CREDIT"],
    "excluded_fields": ["OWN_CAR_AGE"],
    "protected_attributes": ["CODE_GENDER"],
    "implausible_auc": 0.9,
    "promotion": {
        "least_clients": 1000,
        "least_defaults": 100,
        "worst_cost_increase": 0.01,
        "worst_calibration_error": 0.02,
        "least_business_score": 0.0,
    },
}


@pytest.fixture
def written(tmp_path):
    """Write a policy, as text or with one entry changed, and return its path."""

    def write(text: str | None = None, entry: str = "", value: object = None):
        policy = yaml.safe_load(yaml.safe_dump(POLICY))
        if entry:
            *sections, name = entry.split(".")
            section = policy[sections[0]] if sections else policy
            section[name] = value
            if value is ...:
                del section[name]
        path = tmp_path / "policy.yaml"
        path.write_text(yaml.safe_dump(policy) if text is None else text, "utf-8")
        return path

    return write


def test_entries_are_read_as_they_are_written(written):
    policy = read_policy(written())

    assert policy.costs == Costs(false_negative=10, false_positive=1)
    assert policy.required_fields == ("AMT_CREDIT",)
    assert policy.protected_attributes == ("CODE_GENDER",)
    assert policy.excluded_fields == ("OWN_CAR_AGE",)
    assert policy.implausible_auc == 0.9
    assert policy.promotion.worst_calibration_error == 0.02


def test_bounds_that_a_policy_from_before_lacks_have_the_defaults_of_the_projects_own(written):
    own, before = read_policy().promotion, read_policy(written()).promotion

    added = set(type(own).model_fields) - set(POLICY["promotion"])

    assert {name: getattr(before, name) for name in added} == {name: getattr(own, name) for name in added}


def test_the_projects_own_policy_refuses_from_one_eleventh_on():
    assert read_policy().costs.threshold == pytest.approx(1 / 11)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("costs.false_negative", -3),
        ("costs.false_negative", 0),
        ("costs.false_positive", "dear"),
        ("costs.false_positive", None),
        ("costs.false_positive", float("nan")),
        ("costs.false_positive", float("inf")),
        ("costs.false_positive", ...),
        ("costs.true_negative", 1),
        ("costs", ...),
        ("costs", 10),
        ("required_fields", "AMT_CREDIT"),
        ("required_fields", None),
        ("protected_attributes", ...),
        ("excluded_fields", "CODE_GENDER"),
        ("implausible_auc", 0.5),
        ("implausible_auc", 1.1),
        ("implausible_auc", ...),
        ("promotion.least_clients", 0),
        ("promotion.least_defaults", ...),
        ("promotion.worst_cost_increase", -0.01),
        ("promotion.worst_calibration_error", 0),
        ("promotion.worst_calibration_error", 1),
        ("promotion.least_business_score", 1),
        ("promotion.least_business_score", ...),
        ("promotion.worst_auc_decrease", -0.01),
        ("promotion.worst_threshold_cost", -0.01),
        ("promotion.worst_segment_cost_increase", True),
        ("promotion.worst_approval_ratio_decrease", 1),
        ("promotion.least_approval_ratio", 0),
        ("promotion.least_approval_ratio", 1.1),
        ("promotion.worst_latency_ratio", 0.9),
        ("promotion", ...),
        ("protected_atributes", ["CODE_GENDER"]),
        ("implausible_auc", True),  # to pydantic, true is the number 1
        ("promotion.worst_cost_increase", True),
        ("promotion.least_clients", True),
        ("most_won_by_omission", 0),
        ("most_won_by_omission", True),
        ("request_threshold", "maybe"),
        ("unusual_values", {"otherwise": "refer", "beyond": True}),
        ("unusual_values", {"otherwise": "grant"}),
        ("plausible_ranges", {"AMT_CREDIT": {"lowest": True}}),
        ("monotonic", {"EXT_SOURCE_2": "down"}),
        ("monotonic", ["EXT_SOURCE_2"]),
        ("score", {"base_points": 600, "base_odds": 50}),
        ("score", {"base_points": 600, "base_odds": 0, "points_to_double_odds": 20}),
        ("score", {"base_points": 600.5, "base_odds": 50, "points_to_double_odds": 20}),
        ("costs.review", 0),
        ("costs.review", True),
        ("wording", {"EXT_SOURCE_2": {"low": ""}}),
        ("wording", {"EXT_SOURCE_2": {"lower": "The score is low"}}),
        ("wording", {"EXT_SOURCE_2": {}}),
        ("wording", {"FLAG_OWN_CAR": {"values": {False: "There is no car"}}}),
        ("least_information", {"scores": {"fields": []}}),
        ("least_information", {"scores": {"fields": ["EXT_SOURCE_1"], "least": 0}}),
        ("least_information", {"scores": {"fields": ["EXT_SOURCE_1"], "otherwise": "refuse"}}),
    ],
)
def test_a_wrong_entry_is_named_with_the_file(written, entry, value):
    path = written(entry=entry, value=value)

    with pytest.raises(UserError) as error:
        read_policy(path)

    assert str(error.value).startswith((f"{path}: {entry}: ", f"{path}: {entry}."))


def test_an_entry_that_is_there_twice_is_an_error_with_its_line(written):
    path = written()
    path.write_text(path.read_text("utf-8") + "\nimplausible_auc: 0.99\n", "utf-8")

    with pytest.raises(UserError, match=r"is not YAML: line \d+, column 1: implausible_auc is there twice"):
        read_policy(path)


def test_a_number_that_is_out_of_range_is_told_its_range_and_what_came(written):
    with pytest.raises(UserError, match="expected a number of more than 0, got -3"):
        read_policy(written(entry="costs.false_negative", value=-3))


def test_a_range_without_values_is_named_before_any_training(written):
    path = written(entry="plausible_ranges", value={"DAYS_BIRTH": {"lowest": -7_000, "highest": -20_000}})

    with pytest.raises(
        UserError, match=r"plausible_ranges\.DAYS_BIRTH: expected `lowest` to be at most `highest`, got"
    ):
        read_policy(path)


def test_a_name_in_a_list_that_is_no_text_is_told_its_place(written):
    with pytest.raises(UserError, match=r"required_fields\.1: "):
        read_policy(written(entry="required_fields", value=["AMT_CREDIT", 7]))


def test_a_missing_entry_is_named_without_the_rest_of_its_section(written):
    path = written(entry="costs.false_positive", value=...)

    with pytest.raises(UserError) as error:
        read_policy(path)

    assert str(error.value) == f"{path}: costs.false_positive: expected this entry, found none"


def test_all_wrong_entries_are_named_at_once(written):
    path = written("costs: {false_negative: -1, false_positive: 0}\nrequired_fields: []\nprotected_attributes: []\n")

    with pytest.raises(UserError) as error:
        read_policy(path)

    for entry in ("costs.false_negative", "costs.false_positive", "promotion"):
        assert f"{entry}: " in str(error.value)


@pytest.mark.parametrize("text", ["", "- costs", "costs"], ids=["empty", "a list", "a word"])
def test_a_file_without_entries_is_refused(written, text):
    path = written(text)

    with pytest.raises(UserError, match="the file: expected entries such as `name: value`, got ") as error:
        read_policy(path)

    assert str(path) in str(error.value)


def test_a_file_that_is_not_yaml_is_told_where(written):
    path = written("costs: [10\n")

    with pytest.raises(
        UserError, match=r"is not YAML: line 2, column 1: .*; expected lines such as `name: value`$"
    ) as error:
        read_policy(path)

    assert str(path) in str(error.value)


def test_a_policy_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"policy\.yaml: expected the policy, found no such file"):
        read_policy(tmp_path / "policy.yaml")


def test_yes_is_no_price(written):
    with pytest.raises(UserError, match="false_negative"):
        read_policy(written(entry="costs.false_negative", value=True))


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "p.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(UserError, match=r"p\.yaml cannot be read as text"):
        read_policy(tmp_path / "p.yaml")


def test_a_folder_is_no_policy(tmp_path):
    with pytest.raises(UserError, match="cannot be read as text"):
        read_policy(tmp_path)


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("promotion.worst_cost_increase", "0,01", "expected a number, got '0,01': write 0.01, with a decimal point"),
        ("costs.false_negative", "10,5", "expected a number, got '10,5': write 10.5, with a decimal point"),
        ("costs.false_positive", "dear", "expected a number, got 'dear'"),
        ("implausible_auc", 1.1, "expected a number of at most 1, got 1.1"),
        ("implausible_auc", 0.5, "expected a number of more than 0.5, got 0.5"),
        ("required_fields", "AMT_CREDIT", "expected a list, got 'AMT_CREDIT'"),
        ("costs", 10, "expected entries such as `name: value`, got 10"),
        (
            "costs.false_positve",
            1,
            "expected only false_negative, false_positive, review here: did you mean false_positive?",
        ),
        ("Promotion", {}, "did you mean promotion?"),
        ("protected_atributes", ["CODE_GENDER"], "did you mean protected_attributes?"),
    ],
)
def test_an_error_says_what_was_expected_what_came_and_what_to_do(written, entry, value, message):
    path = written(entry=entry, value=value)

    with pytest.raises(UserError) as error:
        read_policy(path)

    assert str(error.value).startswith(f"{path}: {entry}: ")
    assert message in str(error.value)
    assert "Input should" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_whole_policy_is_without_the_jargon_of_pydantic(written):
    with pytest.raises(UserError) as error:
        read_policy(written("costs: {false_negative: x}\npromotion: 3\nrequired_fields: 7\nimplausible_auc: []\n"))

    assert not {"Input", "valid", "Field", "type="} & set(str(error.value).replace(";", " ").split())


def test_directions_score_review_wording_and_alternatives_are_none_unless_written(written):
    policy = read_policy(written())

    assert (policy.monotonic, policy.score, policy.costs.review, policy.wording) == ({}, None, None, {})
    assert policy.alternatives == {}


@pytest.mark.parametrize(
    ("move", "message"),
    [
        ({"lower": 1.5}, "alternatives.AMT_CREDIT.lower: expected a number of less than 1, got 1.5"),
        ({"lowr": 0.3}, "did you mean lower?"),
        ({}, "alternatives.AMT_CREDIT: expected one of `lower` and `higher`"),
    ],
)
def test_a_move_that_cannot_be_is_an_error_by_name(written, move, message):
    with pytest.raises(UserError) as error:
        read_policy(written(entry="alternatives", value={"AMT_CREDIT": move}))

    assert message in str(error.value)


def test_a_review_that_nobody_would_get_is_an_error_with_its_bound(written):
    path = written(entry="costs.review", value=1)

    with pytest.raises(UserError, match=r"policy\.yaml: costs: expected `review` to be less than 0\.9091, .*got"):
        read_policy(path)


def test_a_sentence_for_a_number_needs_no_quotes_around_it(written):
    path = written(entry="wording", value={"DAYS_EMPLOYED": {"values": {365243: "No job is stated"}}})

    assert read_policy(path).wording["DAYS_EMPLOYED"].values == {"365243": "No job is stated"}


def test_the_projects_own_policy_leaves_sex_and_family_status_out_and_directs_the_external_scores():
    policy = read_policy()

    assert policy.excluded_fields == ("CODE_GENDER", "NAME_FAMILY_STATUS")
    assert {policy.monotonic[f"EXT_SOURCE_{number}"] for number in (1, 2, 3)} == {"decreasing"}
    assert policy.monotonic["INSTALMENTS_DAYS_LATE"] == "increasing"


def test_the_example_of_a_score_in_the_projects_policy_is_one():
    text = (PROJECT / "policy.yaml").read_text("utf-8")
    lines = [
        line.removeprefix("# ").partition("#")[0] for line in text.splitlines() if line.startswith(("# score", "#   "))
    ]

    assert ScoreScale(**yaml.safe_load("\n".join(lines))["score"]).points(1 / 51) == 600


def test_segments_and_owners_are_optional_and_checked(written):
    assert read_policy(written()).segments == {}

    assert (
        read_policy(written(entry="segments", value={"size": {"by": "AMT_CREDIT", "bands": 4}})).segments["size"].bands
        == 4
    )
    with pytest.raises(UserError, match=r"segments\.size\.bands: .*got 1"):
        read_policy(written(entry="segments", value={"size": {"by": "AMT_CREDIT", "bands": 1}}))
    with pytest.raises(UserError, match=r"segments\.size\.by: expected this entry, found none"):
        read_policy(written(entry="segments", value={"size": {"bands": 4}}))
    with pytest.raises(UserError, match=r"owners\.owner: .*got 7"):
        read_policy(written(entry="owners", value={"owner": 7}))


def test_the_projects_own_policy_has_segments_and_owners():
    policy = read_policy()

    assert {each.by for each in policy.segments.values()} == {
        "history", "NAME_CONTRACT_TYPE", "REGION_RATING_CLIENT", "AMT_CREDIT"
    }  # fmt: skip
    assert len(policy.owners) >= 3


def test_the_projects_own_policy_names_nobody_who_writes_letters_and_says_what_it_lacks():
    letters = read_policy().letters

    assert letters.lacking == ("lender", "address", "email")
    assert letters.amounts == ("AMT_CREDIT", "AMT_ANNUITY")
    assert letters.contest_within_days == 30


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("letters.contest_within_days", 0),
        ("letters.lender", "two\nlines"),
        ("letters.address", ["line"] * 7),
        ("letters.currency", "more than eight"),
        ("letters.telephone", "1"),
    ],
)
def test_a_letters_entry_that_cannot_be_printed_is_named(written, entry, value):
    path = written(entry="letters", value={entry.partition(".")[2]: value})

    with pytest.raises(UserError, match=entry.replace(".", r"\.")):
        read_policy(path)
