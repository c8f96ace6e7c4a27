"""Values and names as text that a person reads safely: quoted where it must be, cut where it is too long.

What a cluster sends is hostile input: nothing that `show` and `one_word` return holds a control character, a
bidirectional override, a zero-width character or white space other than a plain space.
"""

import json
import re
import unicodedata
from typing import Final

from crwatch.values.scalars import Json

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LITERALS: Final = frozenset({"true", "false", "null"})
_MASK: Final = re.compile(r"‹masked(?: [0-9a-f]+)?›")
_FLOW_SIGNS: Final = re.compile(r"[,\[\]{}?]|:$|^-$|^[&*!|>'%`#:]")
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_OWN_COLOURS: Final = re.compile(r"(\x1b\[[0-9;]*m)")
_SUSPECT: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f-\xff]")


def show(value: Json) -> str:
    """Return `value` on one line: a string bare where nothing else could be meant, maps and lists as YAML flow."""
    if isinstance(value, str):
        return value if _is_bare(value) else _quoted(value)
    if isinstance(value, dict | list):
        return _show_flow(value)
    return json.dumps(value)


def _is_bare(text: str) -> bool:
    """Whether nothing in `text` could be read as anything but itself (terminal.md, rule 2)."""
    if not text or " " in text or '"' in text or not text.isprintable():
        return _MASK.fullmatch(text) is not None
    return text[0] not in "([{@‹" and text not in _LITERALS and not _NUMBER.fullmatch(text)


def _show_flow(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_show_flow(key)}: {_show_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_show_flow, value)) + "]"
    if isinstance(value, str) and _FLOW_SIGNS.search(value):
        return _quoted(value)
    return show(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_visible_char, quoted))


def _visible_char(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


def one_word(text: str) -> str:
    r"""Return a name as exactly one visible word: white space and what cannot be seen as `\u0020`."""
    if text and " " not in text and text.isprintable():
        return text
    return "".join(r"\u0020" if char == " " else _visible_char(char) for char in text) or '""'


def visible(text: str) -> str:
    r"""Return a sentence with everything that could drive a terminal written as `\u001b`; spaces stay."""
    return text if text.isprintable() else "".join(map(_visible_char, text))


def harmless(data: bytes) -> bytes:
    r"""Return what is to go to a terminal with what could drive it made visible as `\u009b`.

    Line ends and tabs stay, and so do colour sequences, which the writers themselves put in. In JSON the result is
    the same value: what is replaced stands inside strings.
    """
    if not _SUSPECT.search(data):
        return data
    pieces = _OWN_COLOURS.split(data.decode(errors="backslashreplace"))
    pieces[::2] = [_UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], piece) for piece in pieces[::2]]
    return "".join(pieces).encode(errors="backslashreplace")


def has_unsafe(text: str) -> bool:
    """Tell whether `harmless` would change `text`."""
    return _UNSAFE.search(text) is not None


def display_width(text: str) -> int:
    """Return how many columns `text` takes on a terminal: two for a wide character, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut_middle(text: str, columns: int, *, ellipsis: str = "…") -> str:
    """Return `text` in at most so many columns: cut in the middle, its size said (`sha256:4f2a…e01 (71 B)`)."""
    if display_width(text) <= columns:
        return text
    size = f" ({format_size(len(text.encode(errors='replace')))})"
    room = max(columns - display_width(ellipsis) - len(size), 2)
    tail = room // 3
    return head_of(text, room - tail) + ellipsis + head_of(text[::-1], tail)[::-1] + size


def cut_pair(old: str, new: str, columns: int, *, most: int, ellipsis: str = "…") -> tuple[str, str]:
    """Return two values to be compared, each in at most so many columns where it takes more than `most`.

    They are cut in the middle, as long as the first difference stays to be seen; else before it, both at the same
    character.
    """
    if display_width(old) <= most and display_width(new) <= most:
        return old, new
    first = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    if first is None or first < columns // 3:
        return _cut_beyond(old, columns, most, ellipsis), _cut_beyond(new, columns, most, ellipsis)
    begin = first - columns // 4
    return _cut_around(old, begin, columns, ellipsis), _cut_around(new, begin, columns, ellipsis)


def _cut_beyond(text: str, columns: int, most: int, ellipsis: str) -> str:
    return cut_middle(text, columns, ellipsis=ellipsis) if display_width(text) > most else text


def _cut_around(text: str, begin: int, columns: int, ellipsis: str) -> str:
    size = f" ({format_size(len(text.encode(errors='replace')))})"
    room = max(columns - 2 * display_width(ellipsis) - len(size), 1)
    shown = head_of(text[begin:], room)
    return f"{ellipsis if begin else ''}{shown}{ellipsis if begin + len(shown) < len(text) else ''}{size}"


def head_of(text: str, columns: int) -> str:
    """Return as much of the beginning of `text` as takes at most so many columns."""
    taken = 0
    for at, char in enumerate(text):
        taken += _char_width(char)
        if taken > columns:
            return text[:at]
    return text


_KILO: Final = 1000


def format_size(size: float) -> str:
    """Return a number of bytes for people: `71 B`, `48.2 KB`, `54.0 MB`."""
    if size < _KILO:
        return f"{size} B"
    size /= _KILO
    return f"{size:.1f} KB" if size < _KILO else f"{size / _KILO:.1f} MB"
