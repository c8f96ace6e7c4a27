"""Texts: which of their lines differ, and within a line which words."""

import re
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


class Row(msgspec.Struct, frozen=True):
    """One line of a text diff as people read it."""

    number: int
    """Counted from 1; of a removed line in the old text, else in the new one."""
    sign: str
    """`-`, `+`, or a space for a line that is there to show the place."""
    text: str


class TextDiff(msgspec.Struct, frozen=True):
    """Two texts of several lines, compared."""

    lines: int
    """Of the longer text."""
    changed: int
    added: int
    removed: int
    rows: tuple[Row, ...]

    @property
    def words(self) -> str:
        """Return `1 changed, 1 added`."""
        counts = ((self.changed, "changed"), (self.added, "added"), (self.removed, "removed"))
        return ", ".join(f"{number} {word}" for number, word in counts if number)


_MOST_LINES: Final = 2000
"""Comparing lines takes quadratic time at worst."""
_MOST_WORDS: Final = 400
_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)
_CONTEXT: Final = 1


def line_changes(old: Json | object, new: Json | object) -> list[LineChange]:
    """Return the lines that differ between two texts, in the new one's order.

    Empty where line by line is not how to show the change: no text, one line on both sides, too many lines, or only
    line ends differ.
    """
    found = _comparable(old, new)
    return [] if found is None else list(_line_changes(*found))


def text_diff(old: Json | object, new: Json | object) -> TextDiff | None:
    """Return how two texts differ, with a line of context around; None where `line_changes` is empty."""
    found = _comparable(old, new)
    if found is None:
        return None
    before, after = found
    changes = list(_line_changes(before, after))
    return TextDiff(
        lines=max(len(before) - (before[-1] == ""), len(after) - (after[-1] == "")),
        changed=sum(change.old is not None and change.new is not None for change in changes),
        added=sum(change.old is None for change in changes),
        removed=sum(change.new is None for change in changes),
        rows=tuple(_rows(before, after)),
    )


def _comparable(old: Json | object, new: Json | object) -> tuple[list[str], list[str]] | None:
    if not isinstance(old, str) or not isinstance(new, str) or not ("\n" in old or "\n" in new):
        return None
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > _MOST_LINES or old.rstrip("\n") == new.rstrip("\n"):
        return None
    return before, after


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


def _rows(before: list[str], after: list[str]) -> Iterator[Row]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                for at in range(new_from, new_to):
                    if after[at] or at + 1 < len(after):  # what follows the last line end is no line
                        yield Row(at + 1, " ", after[at])
                continue
            for at in range(old_from, old_to):
                yield Row(at + 1, "-", before[at])
            for at in range(new_from, new_to):
                yield Row(at + 1, "+", after[at])


def differing_words(old: str, new: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Return both texts in pieces, each with whether it differs from the other text; nothing differs in long ones."""
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if len(olds) > _MOST_WORDS or len(news) > _MOST_WORDS:
        return [(False, old)], [(False, new)]
    before: list[tuple[bool, str]] = []
    after: list[tuple[bool, str]] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        differs = tag != "equal"
        before.append((differs, "".join(olds[old_from:old_to])))
        after.append((differs, "".join(news[new_from:new_to])))
    return [piece for piece in before if piece[1]], [piece for piece in after if piece[1]]
