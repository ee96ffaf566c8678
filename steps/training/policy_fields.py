"""The fields that policy.yaml names: in the data, at least in Home Credit's, or misspelt."""

from collections.abc import Collection, Iterator, Sequence

from custom_model.expectations import nearest
from custom_model.rules import HISTORY, InformationGroup
from steps.run.console import UserError, listed
from steps.run.policy import Policy, Segment
from steps.tables.aggregation import history_meanings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import APPLICATION, home_credit
from steps.training.derived_moves import MOVES
from steps.training.directions import columns_of_history, fields_of
from steps.training.loan_moves import lacking_fields

LISTED = 5  # fields that a line names


def check_policy_fields(policy: Policy, table: FeatureTable) -> None:
    """Raise `UserError` for names that neither the data nor Home Credit's tables have.

    policy.yaml is Home Credit's by default: fields of its tables that another lender's data lacks are no mistake.
    """
    check_names(policy, table.fields, (table.lineage.id, table.lineage.target), table.path.name)


def report_lacking(policy: Policy, table: FeatureTable) -> None:
    """Print in one sentence what policy.yaml names and the data lacks; nothing where it has all.

    Required fields of which the data has none are of other data, and are reported where others are required instead.
    """
    absent = [name for name in policy.required_fields if name not in table.fields]
    lacking = {
        "required_fields": absent if len(absent) < len(policy.required_fields) else [],
        "excluded_fields": [name for name in policy.excluded_fields if name not in table.fields],
        "protected_attributes": [name for name in policy.protected_attributes if name not in table.fields],
        "segments": [f"{name} ({each.by})" for name, each in policy.segments.items() if not has_segment(table, each)],
        "monotonic": [name for name in policy.monotonic if not any(fields_of(name, table.fields))],
        "least_information": [name for name, group in policy.least_information.items() if not has_any(table, group)],
        "alternatives": lacking_fields(policy, table.fields),
    }
    parts = [f"{entry} {listed(names, LISTED)}" for entry, names in lacking.items() if names]
    if parts:
        print(f"  policy.yaml names what this data lacks, without effect here: {'; '.join(parts)}")


def check_names(policy: Policy, fields: Sequence[str], others: Sequence[str], place: str) -> None:
    """Raise `UserError` for names that are neither `fields` nor Home Credit's; `others` are the id and the target.

    `place` names the fields' table in the message.
    """
    known = {*fields, *home_credit()[APPLICATION].columns, *history_meanings()}
    entries = [(entry, names, known) for entry, names in _named(policy)]
    entries.append(("monotonic", policy.monotonic, known.union(columns_of_history())))
    entries.append(("wording", policy.wording, known.union(MOVES)))
    problems = [
        problem
        for entry, names, all_known in entries
        for problem in _problems(entry, names, all_known, fields, others, place)
    ]
    if problems:
        raise UserError(f"policy.yaml: {'; '.join(problems)}")


def has_any(table: FeatureTable, group: InformationGroup) -> bool:
    """Whether the table has any field of the group."""
    fields = table.lineage.history if group.fields == HISTORY else group.fields
    return not set(fields).isdisjoint(table.fields)


def has_segment(table: FeatureTable, segment: Segment) -> bool:
    """Whether the table has what the segment divides its clients by."""
    return bool(table.lineage.history) if segment.by == HISTORY else segment.by in table.fields


def _named(policy: Policy) -> Iterator[tuple[str, Collection[str]]]:
    """The entries of policy.yaml that name fields, and the fields."""
    yield "required_fields", policy.required_fields
    yield "excluded_fields", policy.excluded_fields
    yield "protected_attributes", policy.protected_attributes
    yield "plausible_ranges", policy.plausible_ranges
    for name, group in policy.least_information.items():
        yield f"least_information.{name}", () if group.fields == HISTORY else group.fields
    for name, move in policy.alternatives.items():
        yield "alternatives", (name, *move.in_proportion)
    for name, segment in policy.segments.items():
        yield f"segments.{name}", () if segment.by == HISTORY else (segment.by,)


def _problems(
    entry: str, names: Collection[str], known: set[str], fields: Sequence[str], others: Sequence[str], place: str
) -> Iterator[str]:
    for name in names:
        if name in others:
            yield f"{entry}: {name} is this data's id or target, not a field of an application"
        elif name not in known:
            # A field of the data first: its names are nearer to what was meant than six hundred others.
            guess = nearest(name, fields) or nearest(name, known)
            yield f"{entry}: no field {name} in {place} or in Home Credit's tables{guess}"
