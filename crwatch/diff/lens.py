"""The door to every diff that crwatch prints: a Delta goes in, a Change comes out."""

from collections.abc import Callable
from typing import Final

import msgspec

from crwatch.diff.attribution import Attribution, attribute, attribute_creation
from crwatch.diff.change import Change, FieldChange, Manager
from crwatch.diff.compare import compare_raw
from crwatch.diff.masking import Masker
from crwatch.diff.rules import Rules
from crwatch.model.delta import Delta, DeltaType, Reason
from crwatch.model.objects import KubeObject
from crwatch.model.resource import ResourceType
from crwatch.values.schema import NO_KEYS, ListKeys

KeysOf = Callable[[ResourceType], ListKeys]


class Lens:
    """Explains Deltas: masked, compared, folded, attributed. Keeps nothing between two of them.

    Args:
        rules: what is not shown.
        keys: what the schema declares about lists, for all kinds or for each.
        masker: which values become marks; without one the values of Secrets do, all the same mark.
    """

    def __init__(
        self, rules: Rules | None = None, keys: ListKeys | KeysOf = NO_KEYS, masker: Masker | None = None
    ) -> None:
        self._rules = rules or Rules.default()
        self._keys = keys
        self._masker = masker or Masker()

    def explain(self, delta: Delta) -> Change:
        """Return what became of the object, field by field.

        `added` and `deleted` have fields only where both sides are known: an object that was recreated, or that
        entered or left the selection. The Change is false when it is `modified` and nothing is left to show.
        """
        masked = self._mask(delta)
        if masked.before is None or masked.after is None:
            return Change(masked, writers=_creator(masked))
        found = compare_raw(
            masked.before.raw,
            masked.after.raw,
            keys=self._keys if isinstance(self._keys, ListKeys) else self._keys(delta.resource),
            skip=self._rules.skip,
            order_of_sets=self._rules.order_of_sets,
        )
        shown, folded = self._rules.fold(found.fields, masked.after.meta.generation)
        if not shown and masked.type is DeltaType.MODIFIED:
            return Change(masked, folded=folded)  # noise: nobody asks whose
        known = _attribute(shown, masked, masked.before, masked.after)
        return Change(masked, known.fields, folded, known.writers)

    def _mask(self, delta: Delta) -> Delta:
        states = (delta.before, delta.after, delta.final)
        before, after, final = (state and self._masker.mask(state) for state in states)
        if before is delta.before and after is delta.after and final is delta.final:
            return delta
        return msgspec.structs.replace(delta, before=before, after=after, final=final)


_NOT_MADE_NOW: Final = frozenset({Reason.ENTERED_SELECTION, Reason.UNKNOWN})


def _creator(delta: Delta) -> tuple[Manager, ...]:
    """Who made an object of which no earlier state is known; a deletion's writer is not recorded anywhere."""
    if delta.after is None or delta.initial or delta.reason in _NOT_MADE_NOW:
        return ()
    return attribute_creation((), delta.after, api_version=_version(delta), gap=delta.gap).writers


def _attribute(fields: tuple[FieldChange, ...], delta: Delta, before: KubeObject, after: KubeObject) -> Attribution:
    if delta.reason is Reason.RECREATED or before.meta.uid != after.meta.uid:
        return attribute_creation(fields, after, api_version=_version(delta), gap=delta.gap)
    return attribute(fields, before, after, api_version=_version(delta), gap=delta.gap)


def _version(delta: Delta) -> str:
    return delta.resource.gvr.group_version
