"""Texts of several lines: which of their lines differ."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

import msgspec

from crwatch.values.scalars import Json


class LineChange(msgspec.Struct, frozen=True):
    """One line of a text that differs."""

    number: int
    """Counted from 1; in the new text, or for a removed line in the old one."""
    old: str | None
    new: str | None


_MOST_LINES: Final = 2000
"""Comparing lines takes quadratic time at worst."""


def line_changes(old: Json | object, new: Json | object) -> list[LineChange]:
    """Return the lines that differ between two texts, in the new one's order.

    Empty where line by line is not how to show the change: no text, one line on both sides, too many lines, or only
    line ends differ.
    """
    if not isinstance(old, str) or not isinstance(new, str) or not ("\n" in old or "\n" in new):
        return []
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > _MOST_LINES or old.rstrip("\n") == new.rstrip("\n"):
        return []
    return list(_line_changes(before, after))


def _line_changes(before: list[str], after: list[str]) -> Iterator[LineChange]:
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        common = min(old_to - old_from, new_to - new_from)
        for at in range(common):
            yield LineChange(new_from + at + 1, before[old_from + at], after[new_from + at])
        for at in range(old_from + common, old_to):
            yield LineChange(at + 1, before[at], None)
        for at in range(new_from + common, new_to):
            yield LineChange(at + 1, None, after[at])
