"""What a feature is, in words: of a field, of a derived feature, or of its name.

Apart from the plots: matplotlib takes a third of a second to import, and a promotion draws nothing.
"""

from collections.abc import Mapping

from custom_model.derived import GROUPS
from custom_model.meanings import Meaning
from steps.tables.catalogue import readable


def in_words(name: str, meanings: Mapping[str, Meaning]) -> str:
    """What a feature is: a field's description, a derived feature's, or else its name as words."""
    if name in meanings:
        description = meanings[name].description
    else:
        derived = {feature.name: feature.description for group in GROUPS for feature in group.features}
        description = derived.get(name) or readable(name) or name
    return description.partition(";")[0].partition(": ")[0].rstrip(".")
