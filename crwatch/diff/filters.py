"""What a user wants to see of what changed: by place and by writer."""

from collections.abc import Sequence

import msgspec

from crwatch.diff.change import FieldChange, Op
from crwatch.values.glob import PathGlob
from crwatch.values.scalars import MISSING, Json, Missing


class Filters(msgspec.Struct, frozen=True):
    """`--path`, `--ignore`, `--by`, `--not-by`; the default instance hides nothing."""

    paths: tuple[PathGlob, ...] = ()
    """Only what one of these names is shown; a subtree that came or went, when it holds some of that."""
    ignored: tuple[PathGlob, ...] = ()
    """What one of these names is hidden; a subtree that came or went, when it holds nothing else."""
    by: tuple[str, ...] = ()
    """Globs of managers: only what one of these made is shown. Who is unknown is called `?`, as in `@?`."""
    not_by: tuple[str, ...] = ()
    """Globs of managers: what these alone made is hidden."""

    def split(self, fields: Sequence[FieldChange]) -> tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]:
        """Return what is shown, and what is hidden, both in their order."""
        if not (self.paths or self.ignored or self.by or self.not_by):
            return tuple(fields), ()
        shows = [self._shows(field) for field in fields]
        return (
            tuple(field for field, is_shown in zip(fields, shows, strict=True) if is_shown),
            tuple(field for field, is_shown in zip(fields, shows, strict=True) if not is_shown),
        )

    def _shows(self, field: FieldChange) -> bool:
        if self.paths and not any(glob.touches(field.path, side) for glob in self.paths for side in _sides(field)):
            return False
        if is_within(field, self.ignored):
            return False
        if self.by and not any(field.is_by(name) for name in self.by):
            return False
        return not self.not_by or not all(any(map(one.is_called, self.not_by)) for one in field.writers)


def is_within(field: FieldChange, globs: Sequence[PathGlob]) -> bool:
    """Tell whether one of the patterns names all that the change is about."""
    return any(all(glob.holds_all_of(field.path, side) for side in _sides(field)) for glob in globs)


def _sides(field: FieldChange) -> tuple[Json | Missing, ...]:
    """The values that say what the change is about; of a moved item only the place does."""
    if field.op is Op.MOVE:
        return (MISSING,)
    return tuple(side for side in (field.old, field.new) if not isinstance(side, Missing))
