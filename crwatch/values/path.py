"""Where in an object: one path type for comparing, attribution, schemas, rules and printing.

The parts are those of `managedFields` (structured-merge-diff): a field name, `Keyed` (an item of a list of maps, by
its keys), `Member` (an item of a set, by its value), or an index. `str(path)` is what people read and type back:

    spec.users[name=app].roles[=writer]    metadata.annotations["example.com/plan"]    spec.args[3]
"""

import json
import re
import unicodedata
from typing import Final, TypeAlias

import msgspec

from crwatch.values.scalars import MISSING, Json, Missing, same

Scalar: TypeAlias = str | int | float | bool | None


class Keyed(msgspec.Struct, frozen=True):
    """An item of a list of maps, found by the values of its key fields, in the schema's order."""

    keys: tuple[tuple[str, Scalar], ...]


class Member(msgspec.Struct, frozen=True):
    """An item of a list of scalars that acts as a set, found by its value."""

    value: Scalar


Part: TypeAlias = str | Keyed | Member | int


class FieldPath(msgspec.Struct, frozen=True):
    """A place in an object; the empty path is the object itself."""

    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return format_path(self)

    def __truediv__(self, part: Part) -> "FieldPath":
        return FieldPath((*self.parts, part))


class PathSyntaxError(ValueError):
    """A text is not a path; the message says from which character on."""


_WORD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERALS: Final = {"true": True, "false": False, "null": None}
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_BARE: Final = re.compile(r'[^,\]="]+')
_INDEX: Final = re.compile(r"\[(0|[1-9]\d*)\]")


def format_path(path: FieldPath) -> str:
    """Return `path` as one word without white space that `parse_path` reads back; `.` for the object itself."""
    return "".join(map(_format_part, path.parts)).removeprefix(".") or "."


def _format_part(part: Part) -> str:
    match part:
        case str():
            return f".{part}" if _WORD.fullmatch(part) else f"[{_quote(part)}]"
        case Keyed(keys=keys):
            return "[" + ",".join(f"{_format_key(key)}={_format_value(value)}" for key, value in keys) + "]"
        case Member(value=value):
            return f"[={_format_value(value)}]"
        case int():
            return f"[{part}]"


def _format_key(key: str) -> str:
    return key if _WORD.fullmatch(key) else _quote(key)


def _format_value(value: Scalar) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    reads_otherwise = value in _LITERALS or _NUMBER.fullmatch(value) or not _BARE.fullmatch(value)
    return _quote(value) if reads_otherwise or "\\" in value or not _all_visible(value) else value


def _all_visible(text: str) -> bool:
    return not any(map(_is_invisible, text))


def _is_invisible(char: str) -> bool:
    """White space, control and format characters (bidi, zero width): never raw in a path, which is one word."""
    return (not char.isascii() and unicodedata.category(char)[0] in "CZ") or char <= " " or char == "\x7f"


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if _all_visible(quoted):
        return quoted
    return "".join(_escape(char) if _is_invisible(char) else char for char in quoted)


def _escape(char: str) -> str:
    return r"\u0020" if char == " " else json.dumps(char)[1:-1]


def parse_path(text: str) -> FieldPath:
    """Return the path that `text` writes, in the grammar that `format_path` prints.

    Raises:
        PathSyntaxError: the text is no path.
    """
    if text == ".":
        return FieldPath()
    parts: list[Part] = []
    at = 0
    while at < len(text):
        part, at = parse_part(text, at)
        parts.append(part)
    if not parts:
        raise PathSyntaxError("a path is not empty: `.` is the object itself")
    return FieldPath(tuple(parts))


def parse_part(text: str, at: int) -> tuple[Part, int]:
    """Return the part that begins at index `at` of a path's text, and where the next one begins.

    Raises:
        PathSyntaxError: there is none.
    """
    if text[at] != "[":
        start = at + 1 if text[at] == "." and at else at
        word = _WORD.match(text, start)
        if word is None or (at and start == at):
            raise _unreadable(text, at)
        return word[0], word.end()
    if index := _INDEX.match(text, at):
        return int(index[1]), index.end()
    if text.startswith("[=", at):
        value, end = _parse_value(text, at + 2)
        return Member(value), _closing(text, end)
    key, end = _parse_key(text, at + 1)
    if text[end : end + 1] != "=":
        if text[at + 1] != '"':
            raise _unreadable(text, at)
        return key, _closing(text, end)
    return _parse_keyed(text, at + 1)


def _parse_keyed(text: str, at: int) -> tuple[Keyed, int]:
    keys: list[tuple[str, Scalar]] = []
    while True:
        key, at = _parse_key(text, at)
        if text[at : at + 1] != "=":
            raise _unreadable(text, at)
        value, at = _parse_value(text, at + 1)
        keys.append((key, value))
        if text[at : at + 1] != ",":
            return Keyed(tuple(keys)), _closing(text, at)
        at += 1


def _parse_key(text: str, at: int) -> tuple[str, int]:
    if string := _STRING.match(text, at):
        return _decode_string(text, string), string.end()
    if word := _WORD.match(text, at):
        return word[0], word.end()
    raise _unreadable(text, at)


def _parse_value(text: str, at: int) -> tuple[Scalar, int]:
    if string := _STRING.match(text, at):
        return _decode_string(text, string), string.end()
    bare = _BARE.match(text, at)
    if bare is None:
        raise _unreadable(text, at)
    word = bare[0]
    if word in _LITERALS:
        return _LITERALS[word], bare.end()
    if _NUMBER.fullmatch(word):
        return json.loads(word), bare.end()
    return word, bare.end()


def _decode_string(text: str, string: re.Match[str]) -> str:
    try:
        return str(json.loads(string[0]))
    except ValueError:
        raise _unreadable(text, string.start()) from None


def _closing(text: str, at: int) -> int:
    if text[at : at + 1] != "]":
        raise _unreadable(text, at)
    return at + 1


def _unreadable(text: str, at: int) -> PathSyntaxError:
    return PathSyntaxError(f"not a path: {text!r} cannot be read from character {at + 1} on")


def find(value: Json, path: FieldPath) -> Json | Missing:
    """Return what stands at `path` in `value`, or MISSING; of several items that a key fits, the first."""
    found: Json | Missing = value
    for part in path.parts:
        match part, found:
            case str(), dict():
                found = found.get(part, MISSING)
            case int(), list():
                found = found[part] if part < len(found) else MISSING
            case Keyed(), list():
                found = next((item for item in found if has_keys(item, part)), MISSING)
            case Member(value=member), list():
                found = next((item for item in found if same(item, member)), MISSING)
            case _:
                return MISSING
    return found


def has_keys(item: Json, keyed: Keyed) -> bool:
    """Tell whether an item of a list is one that `keyed` names."""
    return isinstance(item, dict) and all(same(item.get(key, MISSING), value) for key, value in keyed.keys)


def escape_pointer(token: str) -> str:
    """Return `token` as one reference token of a JSON Pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape_pointer(token: str) -> str:
    """Return the key or index that a reference token of a JSON Pointer names (RFC 6901)."""
    return token.replace("~1", "/").replace("~0", "~")
