"""What stands below a net difference: how much it is, and what it cannot show (protocol 9.5)."""

from collections.abc import Iterator, Sequence

import msgspec


class Between(msgspec.Struct, frozen=True):
    """What a watch still tells of the time between two states."""

    events: int
    objects: int
    came_and_went: int
    """Objects that are in neither state."""


class NetResult(msgspec.Struct, frozen=True, kw_only=True):
    """Two states of a collection, in numbers."""

    since_rv: str
    objects_then: int
    objects_now: int
    added: int = 0
    changed: int = 0
    deleted: int = 0
    rewritten: int = 0
    """Objects whose version moved, and whose content is the same or differs in noise alone."""
    filtered: int = 0
    """Changes that the user's filters hide."""
    between: Between | None = None
    """None where nobody can tell any more."""


def remarks(result: NetResult) -> Iterator[str]:
    """Yield the lines that follow a net difference, for standard error."""
    if not result.objects_then and result.objects_now:
        yield f"! at rv {result.since_rv} the collection was empty, or did not exist"
    parts = ((result.added, "added"), (result.changed, "changed"), (result.deleted, "deleted"))
    yield how_many_differ(result.objects_now + result.deleted, parts)
    if result.rewritten:
        yield f"{_count(result.rewritten, 'object')} rewritten with no net change"
    if result.filtered:
        yield filtered_out(result.filtered)
    if result.between is None:
        yield "what cancelled out meanwhile is not visible"
    elif result.between.events:
        line = f"{_count(result.between.events, 'change')} in {_count(result.between.objects, 'object')} since then"
        gone = result.between.came_and_went
        yield line + (f"; {_count(gone, 'object')} came and went" if gone else "")


def filtered_out(changes: int) -> str:
    """Return `3 changes filtered out`."""
    return f"{_count(changes, 'change')} filtered out"


def how_many_differ(total: int, parts: Sequence[tuple[int, str]]) -> str:
    """Return `2 of 5 objects differ: 1 added, 1 changed`.

    Args:
        total: how many objects there are.
        parts: how many of them differ in which way.
    """
    differing = sum(number for number, _ in parts)
    counts = ", ".join(f"{number} {word}" for number, word in parts if number)
    verb = "differs" if differing == 1 else "differ"
    return f"{differing} of {_count(total, 'object')} {verb}" + (f": {counts}" if counts else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
