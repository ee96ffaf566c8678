"""The way back: an earlier champion in place of the present one, without a gate, in seconds."""

from collections.abc import Iterator, Mapping

from mlflow.entities.model_registry import ModelVersion

from steps.ledger.moves import last_move, moves, predecessor
from steps.ledger.records import Entry
from steps.registry.champion import is_about, is_same, make_champion, number_of
from steps.registry.settlement import settle
from steps.registry.versions import find_champion, find_version, is_readable, registry_errors, uri_of, versions_of
from steps.run.console import UserError, listed

LISTED = 10  # versions that a message names


def earlier_champion(model_name: str, version: str = "") -> ModelVersion:
    """The version to go back to.

    Parameters
    ----------
    model_name
        Name of the registered model.
    version
        Number of a version that once was champion; empty: the champion before the present one.

    Raises
    ------
    UserError
        There is none, this one never was champion or is it now, its artifacts are gone, or the registry failed.
    """
    champion, there = number_of(find_champion(model_name)), versions_of(model_name)
    with registry_errors(f"read the ledger of {model_name}"):
        once = list(dict.fromkeys(_decided(model_name, there, champion)))
        last = last_move(model_name)
        before = None if last is None else predecessor(model_name, last[1])
    chosen = version or before
    if version and version == champion:
        raise UserError(f"version: {version} is {model_name}'s champion already")
    others = [each for each in once if each in there and each != chosen]
    may_be = f"its ledger has {listed(others, LISTED)}" if others else "its ledger has no other"
    if chosen is None or chosen not in once:
        none = "" if version else f"no champion before version {champion or 'none'} is on record: "
        raise UserError(f"version: {none}expected one of {model_name} that once was champion: {may_be}")
    target = find_version(model_name, chosen)
    if not is_readable(target):
        raise UserError(
            f"version: the artifacts of {uri_of(target)} cannot be read: go back to another with `version`; {may_be}"
        )
    return target


def _decided(model_name: str, there: Mapping[str, ModelVersion], champion: str | None) -> Iterator[str]:
    """The numbers of versions that were champion and are not, newest first; also deleted ones.

    A version that has the number of one in a model that was deleted has decided nothing.
    """
    for _, move in moves(model_name):
        number = move.version
        if number is not None and number != champion and (number not in there or is_about(move, there[number])):
            yield number


def roll_back(target: ModelVersion, entry: Entry) -> ModelVersion | None:
    """Make an earlier champion champion again; return the one that it replaces."""
    champion = find_champion(target.name)
    while not make_champion(target, champion, entry):
        settle(target.name)
        champion = find_champion(target.name)
        if is_same(champion, target):
            raise UserError(f"version: {target.version} has become {target.name}'s champion meanwhile")
    return champion
