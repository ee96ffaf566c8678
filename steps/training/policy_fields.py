"""The fields that policy.yaml names: in the data, at least in Home Credit's, or misspelt."""

from collections.abc import Iterator

from custom_model.expectations import nearest
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.tables.aggregation import texts
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import APPLICATION, home_credit

LISTS = ("required_fields", "excluded_fields", "protected_attributes")


def check_policy_fields(policy: Policy, table: FeatureTable) -> None:
    """Raise `UserError` for names that neither the data nor Home Credit's tables have; report protected ones it lacks.

    policy.yaml is Home Credit's by default: fields of its tables that another lender's data lacks are no mistake.
    Required and excluded fields that the data lacks are reported where they are used.
    """
    known = {*table.fields, *home_credit()[APPLICATION].columns, *texts()}
    problems = [problem for entry in LISTS for problem in _problems(entry, getattr(policy, entry), known, table)]
    if problems:
        raise UserError(f"policy.yaml: {'; '.join(problems)}")
    lacking = [name for name in policy.protected_attributes if name not in table.fields]
    if lacking:
        print(f"  policy.yaml protects {', '.join(lacking)}, which this data lacks: not in its reports")


def _problems(entry: str, names: tuple[str, ...], known: set[str], table: FeatureTable) -> Iterator[str]:
    for name in names:
        if name in (table.lineage.id, table.lineage.target):
            yield f"{entry}: {name} is this data's id or target, not a field of an application"
        elif name not in known:
            # A field of the data first: its names are nearer to what was meant than six hundred others.
            guess = nearest(name, table.fields) or nearest(name, known)
            yield f"{entry}: no field {name} in {table.path.name} or in Home Credit's tables{guess}"
