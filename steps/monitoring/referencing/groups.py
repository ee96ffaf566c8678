"""The groups of a reference, so defined that requests can be assigned to them."""

from itertools import groupby

import numpy as np

from steps.evaluation.groups import ClientGroup, attribute_in_words, groups_by_segment, protected_groups
from steps.monitoring.reference import Group
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable

MOST_GROUPS = 20  # of an attribute, the largest: each takes as much room as a tenth of all fields


def groups_of(table: FeatureTable, rows: np.ndarray, policy: Policy) -> list[Group]:
    """The groups of these (table rows,) clients: the policy's segments, then the protected attributes.

    An attribute has its twenty largest groups at most, in the order of a report.
    """
    meanings = table.lineage.meanings
    segments = groups_by_segment(table, rows, policy)
    protected = protected_groups(table, rows, policy)
    found = [_group(group, group.attribute, field, False) for field, group in segments]
    found += [_group(group, attribute_in_words(field, meanings), field, True) for field, group in protected]
    kept: list[Group] = []
    for _, of_attribute in groupby(found, lambda each: (each[0].is_protected, each[0].attribute)):
        both = list(of_attribute)
        least = sorted((clients for _, clients in both), reverse=True)[:MOST_GROUPS][-1]
        kept += [group for group, clients in both if clients >= least][:MOST_GROUPS]
    return kept


def _group(group: ClientGroup, attribute: str, field: str, is_protected: bool) -> tuple[Group, int]:
    defined = Group(attribute, group.name, field, is_protected, group.level, group.low, group.high)
    return defined, group.clients
