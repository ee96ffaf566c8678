"""Another policy for a trained model: what it changes, and what it cannot change without training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from custom_model.contract import Contract
from custom_model.scorecard import Scorecard
from steps.registry.version_parts import VersionParts
from steps.run.console import UserError, listed
from steps.run.policy import Policy
from steps.training.binning import directions_in
from steps.training.loan_moves import lacking_fields, loan_moves
from steps.training.requirements import ALWAYS_ASKED
from steps.training.wording import rewordings

# Of policy.yaml: which clients and features a training sees.
TRAINED = ("excluded_fields", "monotonic", "plausible_ranges", "implausible_auc")
LISTED = 5  # fields that a message names


@dataclass(frozen=True)
class PolicyChange:
    """A model under another policy: its scorecard and contract, and what differs, in words."""

    scorecard: Scorecard
    contract: Contract
    changes: tuple[str, ...]


def changed(parts: VersionParts, policy: Policy, version: str) -> PolicyChange:
    """The version's model under this policy; `version` names it in messages.

    Costs and threshold, the rules that decide in place of it, required fields, score, wording and alternatives are the
    policy's.
    Fields that training demanded, since leaving them out would win credit, stay demanded.

    Raises
    ------
    UserError
        The policy differs from the one of the training in what only a training can change, or requires a field that no
        training client had a value of.
    """
    differences = list(_untrained(parts.policy, policy, parts.contract))
    if differences:
        raise UserError(
            f"{version} was trained under another policy.yaml, in what no version can change without training: "
            f"{'; '.join(differences)}. Train a new version with `mlflow run . -e train --env-manager local`, or "
            "restore these entries"
        )
    contract, because = _requirements(parts, policy, version)
    lacking = lacking_fields(policy, contract.fields)
    if lacking:
        print(f"  policy.yaml's alternatives {listed(lacking, LISTED)}: this model's applications lack these fields")
    scorecard = parts.scorecard.model_copy(
        update={
            "costs": policy.costs,
            "rules": policy.rules,
            "because": because,
            "wording": rewordings(
                policy.wording,
                parts.scorecard.texts,
                contract,
                directions_in(parts.booster, list(parts.scorecard.texts)),
            ),
            "score": policy.score,
            "alternatives": loan_moves(policy, contract, parts.scorecard.meanings, list(parts.scorecard.texts)),
        }
    )
    return PolicyChange(scorecard, contract, tuple(_changes(parts, scorecard, contract)))


def _untrained(trained: Mapping[str, Any], policy: Policy, contract: Contract) -> Iterator[str]:
    """Each entry that training alone can change and that differs, in words."""
    today = policy.model_dump(mode="json")
    for entry in TRAINED:
        then, now = trained.get(entry), today[entry]
        if isinstance(now, list):
            fields = set(contract.fields)
            then, now = (sorted(fields.intersection(names or ())) for names in (then, now))
        elif isinstance(now, dict):
            then = then or {}
            differing = [name for name in {**then, **now} if then.get(name) != now.get(name)]
            then, now = ({name: entries[name] for name in differing if name in entries} for entries in (then, now))
        if then != now:
            yield _differs(entry, now, then)
    # Which fields must be sent, training finds: where more may be won by leaving some out, those it found still do.
    won, allowed = trained.get("most_won_by_omission"), policy.most_won_by_omission
    if won is None or allowed < won:
        yield _differs("most_won_by_omission", allowed, won)


def _differs(entry: str, now: Any, then: Any) -> str:
    return f"{entry}: {_shown(now)} now, {_shown(then)} then"


def _shown(value: Any) -> str:
    if value is None:
        return "not on record"
    if isinstance(value, dict):
        return listed([f"{name} {_bounds(each)}" for name, each in value.items()], LISTED) or "none"
    return (listed(value, LISTED) or "none") if isinstance(value, list) else f"{value:g}"


def _bounds(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return " ".join(f"{side} {bound:.15g}" for side, bound in value.items() if bound is not None) or "without bounds"


def _requirements(parts: VersionParts, policy: Policy, version: str) -> tuple[Contract, dict[str, str]]:
    """The contract with the policy's required fields in place of the former policy's, and why each must be sent."""
    contract, because = parts.contract, dict(parts.scorecard.because)
    absent = [name for name in policy.required_fields if name not in contract.fields]
    if absent:
        print(f"  policy.yaml requires {listed(absent, LISTED)}, which {version} lacks: not required here")
    wanted = [name for name in policy.required_fields if name in contract.fields]
    unknown = [name for name in wanted if name not in contract.required and parts.example.get(name) is None]
    if unknown:
        raise UserError(f"policy.yaml: required_fields: no training client of {version} had a value of {unknown[0]}")
    dropped = {
        name
        for name in parts.policy.get("required_fields", ())
        if because.get(name) == ALWAYS_ASKED and name not in wanted
    }
    required = {*contract.required, *wanted} - dropped
    demands = {name: reason for name, reason in because.items() if name not in dropped}
    return (
        contract.requiring(
            required=tuple(name for name in contract.fields if name in required),
            declared=tuple(name for name in contract.declared if name not in required),
        ),
        {**dict.fromkeys(wanted, ALWAYS_ASKED), **demands},
    )


def _changes(parts: VersionParts, scorecard: Scorecard, contract: Contract) -> Iterator[str]:
    """What differs from the version, in words."""
    before = parts.scorecard
    if scorecard.costs != before.costs:
        yield f"costs {_costs(scorecard)} in place of {_costs(before)}"
    for word, names, others in (
        ("required", contract.required, parts.contract.required),
        ("no longer required", parts.contract.required, contract.required),
    ):
        fields = [name for name in names if name not in others]
        if fields:
            yield f"{word}: {listed(fields, LISTED)}"
    for name in type(scorecard.rules).model_fields:
        if getattr(scorecard.rules, name) != getattr(before.rules, name):
            yield f"another {name}"
    if scorecard.score != before.score:
        yield (
            "another scale of the score"
            if scorecard.score and before.score
            else ("a score in points" if scorecard.score else "no score")
        )
    moves = _differing(scorecard.alternatives, before.alternatives)
    if moves:
        yield f"alternatives by {listed(moves, LISTED)}"
    worded = _differing(scorecard.wording, before.wording)
    if worded:
        yield f"wording of {listed(worded, LISTED)}"


def _costs(scorecard: Scorecard) -> str:
    costs = scorecard.costs
    review = "" if costs.review is None else f", {costs.review:g} for a review"
    return f"{costs.false_negative:g} : {costs.false_positive:g}{review} (threshold {costs.threshold:.4f})"


def _differing(now: Mapping[str, object], then: Mapping[str, object]) -> Sequence[str]:
    return [name for name in {**then, **now} if now.get(name) != then.get(name)]
