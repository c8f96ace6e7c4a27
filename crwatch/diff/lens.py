"""The door to every diff that crwatch prints: a Delta goes in, a Change comes out."""

from collections.abc import Callable
from typing import Final

import msgspec

from crwatch.diff.attribution import attribute, attribute_creation
from crwatch.diff.change import Change, FieldChange, Manager
from crwatch.diff.compare import compare_raw
from crwatch.diff.filters import Filters
from crwatch.diff.masking import Masker
from crwatch.diff.rules import Rules
from crwatch.model.delta import Delta, DeltaType, Reason, Source
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
        filters: what the user wants to see of changed objects; those that came or went are told whole.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        keys: ListKeys | KeysOf = NO_KEYS,
        masker: Masker | None = None,
        filters: Filters | None = None,
    ) -> None:
        self._rules = rules or Rules.default()
        self._keys = keys
        self._masker = masker or Masker()
        self._filters = filters or Filters()

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
        fields: tuple[FieldChange, ...] = found.fields
        writers: tuple[Manager, ...] = ()
        if self._rules.asks_who:
            fields, writers = _attribute(fields, masked, masked.before, masked.after)
        shown, folded = self._rules.fold(fields, masked.after.meta.generation, delta.resource)
        if not shown and masked.type is DeltaType.MODIFIED:
            return Change(masked, folded=folded)  # noise: nobody asks whose
        if not self._rules.asks_who:
            shown, writers = _attribute(shown, masked, masked.before, masked.after)
        filtered: tuple[FieldChange, ...] = ()
        if masked.type is DeltaType.MODIFIED:
            shown, filtered = self._filters.split(shown)
        return Change(masked, shown, folded, writers, filtered)

    def _mask(self, delta: Delta) -> Delta:
        states = (delta.before, delta.after, delta.final)
        masker = self._masker.of(delta.resource)
        before, after, final = (state and masker.mask(state) for state in states)
        if before is delta.before and after is delta.after and final is delta.final:
            return delta
        return msgspec.structs.replace(delta, before=before, after=after, final=final)


_NOT_MADE_NOW: Final = frozenset({Reason.ENTERED_SELECTION, Reason.UNKNOWN})


def _creator(delta: Delta) -> tuple[Manager, ...]:
    """Who made an object of which no earlier state is known; a deletion's writer is not recorded anywhere."""
    if delta.after is None or delta.initial or delta.reason in _NOT_MADE_NOW:
        return ()
    return attribute_creation((), delta.after, api_version=_version(delta), gap=delta.gap).writers


def _attribute(
    fields: tuple[FieldChange, ...], delta: Delta, before: KubeObject, after: KubeObject
) -> tuple[tuple[FieldChange, ...], tuple[Manager, ...]]:
    if delta.source is Source.FILE and before.meta.uid != after.meta.uid:
        return fields, ()  # two objects: nobody made one of the other
    if delta.reason is Reason.RECREATED or before.meta.uid != after.meta.uid:
        known = attribute_creation(fields, after, api_version=_version(delta), gap=delta.gap)
    else:
        known = attribute(fields, before, after, api_version=_version(delta), gap=delta.gap)
    return known.fields, known.writers


def _version(delta: Delta) -> str:
    return delta.resource.gvr.group_version
