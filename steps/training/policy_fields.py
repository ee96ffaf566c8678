"""The fields that policy.yaml names: in the data, at least in Home Credit's, or misspelt."""

from collections.abc import Collection, Iterator

from custom_model.expectations import nearest
from custom_model.rules import HISTORY, InformationGroup
from steps.run.console import UserError
from steps.run.policy import Policy, Segment
from steps.tables.aggregation import history_meanings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import APPLICATION, home_credit


def check_policy_fields(policy: Policy, table: FeatureTable) -> None:
    """Raise `UserError` for names that neither the data nor Home Credit's tables have; report protected ones it lacks.

    policy.yaml is Home Credit's by default: fields of its tables that another lender's data lacks are no mistake.
    Required and excluded fields that the data lacks are reported where they are used.
    """
    known = {*table.fields, *home_credit()[APPLICATION].columns, *history_meanings()}
    problems = [problem for entry, names in _named(policy) for problem in _problems(entry, names, known, table)]
    if problems:
        raise UserError(f"policy.yaml: {'; '.join(problems)}")
    lacking = [name for name in policy.protected_attributes if name not in table.fields]
    if lacking:
        print(f"  policy.yaml protects {', '.join(lacking)}, which this data lacks: not in its reports")
    segments = [f"{name} ({each.by})" for name, each in policy.segments.items() if not has_segment(table, each)]
    if segments:
        print(f"  policy.yaml's segments {', '.join(segments)}: this data lacks their fields, not in its reports")
    without = [name for name, group in policy.least_information.items() if not _has_any(table, group)]
    if without:
        print(f"  policy.yaml's least_information {', '.join(without)}: this data has none of these fields")


def _has_any(table: FeatureTable, group: InformationGroup) -> bool:
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
    for name, segment in policy.segments.items():
        yield f"segments.{name}", () if segment.by == HISTORY else (segment.by,)


def _problems(entry: str, names: Collection[str], known: set[str], table: FeatureTable) -> Iterator[str]:
    for name in names:
        if name in (table.lineage.id, table.lineage.target):
            yield f"{entry}: {name} is this data's id or target, not a field of an application"
        elif name not in known:
            # A field of the data first: its names are nearer to what was meant than six hundred others.
            guess = nearest(name, table.fields) or nearest(name, known)
            yield f"{entry}: no field {name} in {table.path.name} or in Home Credit's tables{guess}"
