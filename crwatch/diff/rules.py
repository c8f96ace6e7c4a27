"""What is noise: paths that are never compared, and changes that are found, counted, and not shown."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from crwatch.diff.change import FieldChange, Op
from crwatch.diff.filters import is_within
from crwatch.model.resource import ResourceType, TypeName
from crwatch.values.glob import PathGlob
from crwatch.values.path import FieldPath


class When(StrEnum):
    """Under which condition a change is folded."""

    ALWAYS = "always"
    ALONE = "alone"
    """A value was replaced, and nothing else changed that is worth showing."""
    BEHIND = "behind"
    """A value was replaced, and is not the object's generation: only catching up is news."""
    SAME_STATUS = "same-status"
    """A value of a condition was replaced whose `status` did not change; elsewhere as ALONE."""


class Fold(msgspec.Struct, frozen=True):
    """One rule: a path, or the name of a field wherever it stands. Never a pattern (ecosystem.md 9.6)."""

    field: FieldPath | str
    when: When = When.ALWAYS


class Pattern(msgspec.Struct, frozen=True):
    """A rule of the user's own: what is noise to this person."""

    glob: PathGlob
    """What stands there and below; a subtree that came or went is noise when it holds nothing else."""
    when: When = When.ALWAYS
    """ALWAYS or ALONE."""
    kind: TypeName | None = None
    """For this kind alone."""
    manager: str | None = None
    """A glob: for what this manager made alone."""

    def fits(self, field: FieldChange, resource: ResourceType | None) -> bool:
        """Tell whether a change, with its writers, of an object of this kind is meant."""
        if self.kind is not None and (resource is None or not self.kind.matches(resource)):
            return False
        if self.manager is not None and not field.is_by(self.manager):
            return False
        return is_within(field, (self.glob,))


class Rules(msgspec.Struct, frozen=True):
    """What is not shown; the default instance shows everything."""

    skip: tuple[FieldPath, ...] = ()
    """Paths of field names that are not compared, and not counted."""
    folds: tuple[Fold, ...] = ()
    """The first that fits a change decides."""
    patterns: tuple[Pattern, ...] = ()
    """The user's own, asked where no fold fits."""
    order_of_sets: bool = False
    """Whether to tell that the items of a declared set stand in another order, which means nothing."""

    @classmethod
    def default(cls) -> "Rules":
        """Return the rules for people: what every write touches, heartbeats, and bookkeeping are folded."""
        return _DEFAULT

    def fold(
        self,
        fields: Sequence[FieldChange],
        generation: int | None = None,
        resource: ResourceType | None = None,
    ) -> tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]:
        """Return what is shown, and what is folded, both in their order.

        Args:
            fields: all changes of one event.
            generation: the object's `metadata.generation` after it.
            resource: its kind, for the rules of one kind.
        """
        if not self.folds and not self.patterns:
            return tuple(fields), ()
        changed = {field.path for field in fields}
        whens = [self._when(field, changed, generation) or self._by_pattern(field, resource) for field in fields]
        hidden = {When.ALWAYS, When.ALONE} if None not in whens else {When.ALWAYS}
        shown = tuple(field for field, when in zip(fields, whens, strict=True) if when not in hidden)
        folded = tuple(field for field, when in zip(fields, whens, strict=True) if when in hidden)
        return shown, folded

    @property
    def asks_who(self) -> bool:
        """Whether folding needs to know who made a change."""
        return any(pattern.manager is not None for pattern in self.patterns)

    def _by_pattern(self, field: FieldChange, resource: ResourceType | None) -> When | None:
        return next((pattern.when for pattern in self.patterns if pattern.fits(field, resource)), None)

    def _when(self, field: FieldChange, changed: set[FieldPath], generation: int | None) -> When | None:
        """Return ALWAYS, ALONE or, for what is shown, None: the other conditions are decided here."""
        fold = next((fold for fold in self.folds if _fits(fold.field, field)), None)
        if fold is None or (fold.when is not When.ALWAYS and field.op is not Op.REPLACE):
            return None
        match fold.when:
            case When.BEHIND:
                return None if generation is None or str(field.new) == str(generation) else When.ALWAYS
            case When.SAME_STATUS if _is_in_condition(field.path):
                return None if FieldPath((*field.path.parts[:-1], "status")) in changed else When.ALWAYS
            case When.SAME_STATUS:
                return When.ALONE
            case _:
                return fold.when


def _fits(rule: FieldPath | str, field: FieldChange) -> bool:
    parts = field.path.parts
    if isinstance(rule, str):
        return parts[-1:] == (rule,)
    if rule.parts == parts:
        return True
    value = field.new if field.op is Op.ADD else field.old if field.op is Op.REMOVE else None
    return rule.parts[: len(parts)] == parts and _holds_only(value, rule.parts[len(parts) :])


def _holds_only(value: object, parts: Iterable[object]) -> bool:
    """A subtree that came or went is one change: it fits when there is nothing in it but the rule's own path."""
    for part in parts:
        if not (isinstance(value, dict) and len(value) == 1 and part in value):
            return False
        value = value[part]
    return True


_HOLDER_AND_ITEM: Final = 3


def _is_in_condition(path: FieldPath) -> bool:
    return len(path.parts) >= _HOLDER_AND_ITEM and path.parts[-3] == "conditions"


LAST_APPLIED: Final = FieldPath(("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"))

_HEARTBEATS: Final = (
    "lastActiveTime",
    "lastHeartbeatTime",
    "lastProbeTime",
    "lastUpdateTime",
    "reconciledAt",
    "renewTime",
)
"""By exact name: renewalTime, notAfter and their like are data (ecosystem.md 9.6)."""

_DEFAULT: Final = Rules(
    skip=(FieldPath(("metadata", "managedFields")), FieldPath(("metadata", "resourceVersion"))),
    folds=(
        Fold(FieldPath(("metadata", "generation"))),
        Fold(LAST_APPLIED),
        Fold("observedGeneration", When.BEHIND),
        Fold("lastTransitionTime", When.SAME_STATUS),
        *(Fold(name, When.ALONE) for name in _HEARTBEATS),
    ),
)

EVERYTHING: Final = Rules(order_of_sets=True)
"""`--all-fields`: nothing is skipped or folded; applied to the old object the changes give the new one exactly."""
