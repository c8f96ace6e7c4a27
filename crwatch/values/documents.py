"""Text to JSON documents: YAML as kubectl reads it (sigs.k8s.io/yaml, which decides by YAML 1.1's words), and JSON.

What cannot be read is told with its line and loses nothing else: documents are parted at `---` before they are parsed,
JSON texts at the lines that begin with `{`.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn

import msgspec
import yaml

from crwatch.values.scalars import Json


class Document(msgspec.Struct, frozen=True):
    """One JSON value and where it begins."""

    line: int
    """Counted from 1."""
    raw: bytes
    """Its JSON; numbers in JSON text stay as they were written."""


class Unreadable(msgspec.Struct, frozen=True):
    """A part of the text that is no document."""

    line: int
    """Of what is wrong, counted from 1."""
    why: str


class _UnreadableError(Exception):
    """Carries an Unreadable out of the depth."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


_MARK: Final = re.compile(r"^---(?=\s|$).*\n?", re.MULTILINE)
_NO_JSON: Final = "no JSON"
_DEEPEST: Final = 200
_MOST_VALUES: Final = 1_000_000
"""Of one document, aliases counted as often as they are used: a few lines can stand for a terabyte."""


def read_documents(text: str) -> Iterator[Document | Unreadable]:
    """Yield the documents of `text` in order; what is empty or a comment is none."""
    start, line = 0, 1
    for mark in (*_MARK.finditer(text), None):
        end = mark.start() if mark else len(text)
        yield from _read_part(text[start:end], line)
        line += text.count("\n", start, end)
        start = end if mark is None else mark.start() + 3
        if mark is not None and start >= len(text):
            return


def _read_part(part: str, line: int) -> Iterator[Document | Unreadable]:
    if part.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        found = [*_read_json(part.replace("\ufeff", " ", 1) if part.startswith("\ufeff") else part, line)]
        if found and (isinstance(found[0], Document) or not found[0].why.startswith(_NO_JSON)):
            yield from found
            return
        flow = [*_read_yaml(part, line)]  # `{a: b}` begins as JSON does
        yield from flow if any(isinstance(item, Document) for item in flow) else found
        return
    yield from _read_yaml(part, line)


# JSON ----------------------------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value: dict[str, Json] = {}
    for key, item in pairs:
        if key in value:
            raise _UnreadableError(0, f"the key {json.dumps(key)} is there twice in one object")
        value[key] = item
    return value


def _no_number(text: str) -> NoReturn:
    raise _UnreadableError(0, f"{text} is no number of JSON")


_decode_json: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number).raw_decode
_SPACE: Final = re.compile(r"[\s\x1e]*")  # \x1e parts records in RFC 7464
_NEXT: Final = re.compile(r"^[{\[]", re.MULTILINE)


def _read_json(text: str, line: int) -> Iterator[Document | Unreadable]:
    """Yield JSON texts that follow each other, one a line or indented."""
    at = 0
    while (at := _end(_SPACE, text, at)) < len(text):
        begins = line + text.count("\n", 0, at)
        try:
            _, end = _decode_json(text, at)
        except json.JSONDecodeError as error:
            yield Unreadable(line - 1 + error.lineno, f"{_NO_JSON}: {error.msg}")
            at = _next(text, at)
        except _UnreadableError as fault:
            yield Unreadable(begins, fault.why)
            at = _next(text, at)
        except RecursionError:
            yield Unreadable(begins, "nested too deep")
            at = _next(text, at)
        else:
            yield Document(begins, text[at:end].encode(errors="surrogatepass"))
            at = end


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _next(text: str, at: int) -> int:
    match = _NEXT.search(text, at + 1)
    return match.start() if match else len(text)


# YAML ----------------------------------------------------------------------------------------------------------------

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read_yaml(text: str, line: int) -> Iterator[Document | Unreadable]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                builder = _Builder(events, line)
                first = next(events)
                value = builder.value(first)
                if value is not None:
                    text_of_value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                    yield Document(line + _line_of(first), text_of_value.encode(errors="surrogatepass"))
    except _UnreadableError as fault:
        yield Unreadable(fault.line, fault.why)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Unreadable(line + (mark.line if mark else 0), f"no YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        yield Unreadable(line, f"no YAML: {str(error).splitlines()[0]}")


class _Builder:
    """Builds the value of one document from its events, which come in order."""

    def __init__(self, events: Iterator[yaml.Event], line: int) -> None:
        self._events = events
        self._line = line
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._open: set[str] = set()
        self._count = 0

    def value(self, event: yaml.Event, depth: int = 0) -> Json:
        """Return the value that begins with `event`."""
        self._add(event, 1)
        if depth > _DEEPEST:
            raise self._fault(event, "nested too deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        anchor, before = getattr(event, "anchor", None), self._count
        if anchor:
            self._open.add(anchor)
        value: Json
        match event:
            case yaml.ScalarEvent():
                value = self._scalar(event)
            case yaml.SequenceStartEvent():
                value = [self.value(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
            case _:
                value = self._mapping(depth)
        if anchor:
            self._open.discard(anchor)
            self._anchors[anchor] = value, self._count - before + 1
        return value

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _add(self, event: yaml.Event, values: int) -> None:
        self._count += values
        if self._count > _MOST_VALUES:
            raise self._fault(event, "more than a million values, aliases counted")

    def _alias(self, event: yaml.AliasEvent) -> Json:
        if event.anchor in self._open:
            raise self._fault(event, f"the anchor {json.dumps(event.anchor)} holds itself")
        if event.anchor not in self._anchors:
            raise self._fault(event, f"there is no anchor {json.dumps(event.anchor)}")
        value, size = self._anchors[event.anchor]
        self._add(event, size)
        return value

    def _mapping(self, depth: int) -> dict[str, Json]:
        value: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        for event in self._until(yaml.MappingEndEvent):
            if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
                merged = {**self._merged(event, depth), **merged}
                continue
            key = self._key(event, depth)
            if key in value:
                raise self._fault(event, f"the key {json.dumps(key, ensure_ascii=False)} is there twice in one object")
            value[key] = self.value(next(self._events), depth + 1)
        return {**merged, **value}

    def _merged(self, event: yaml.Event, depth: int) -> dict[str, Json]:
        """Return what `<<` brings: of several maps the first has the say."""
        source = self.value(next(self._events), depth + 1)
        merged: dict[str, Json] = {}
        for each in reversed(source if isinstance(source, list) else [source]):
            if not isinstance(each, dict):
                raise self._fault(event, "`<<` takes a map or a list of maps")
            merged.update(each)
        return merged

    def _key(self, event: yaml.Event, depth: int) -> str:
        key = self.value(event, depth + 1)
        match key:
            case str():
                return key
            case bool():
                return "true" if key else "false"
            case int() | float():
                return json.dumps(key)
            case _:
                raise self._fault(event, "a key is a text, a number or a boolean")

    def _scalar(self, event: yaml.ScalarEvent) -> Json:
        if event.tag is None or event.tag == "!":
            return self._plain(event) if event.implicit[0] and event.tag is None else str(event.value)
        word = event.tag.removeprefix("tag:yaml.org,2002:")
        if word == "binary":
            return self._binary(event)
        if word in _TYPES:
            value = self._plain(event)
            if not isinstance(value, _TYPES[word]) or (isinstance(value, bool) and word != "bool"):
                raise self._fault(event, f"{json.dumps(event.value)} is no !!{word}")
            return value
        return str(event.value)

    def _plain(self, event: yaml.ScalarEvent) -> Json:
        text = str(event.value)
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.fullmatch(text):
            raise self._fault(event, f"{text} is no number of JSON")
        return _number(text) if text[:1] in _NUMBER_BEGINS else text

    def _binary(self, event: yaml.ScalarEvent) -> str:
        try:
            return base64.b64decode(event.value).decode(errors="replace")
        except (binascii.Error, ValueError):
            raise self._fault(event, "!!binary is not base64") from None

    def _fault(self, event: yaml.Event, why: str) -> _UnreadableError:
        return _UnreadableError(self._line + _line_of(event), why)


def _line_of(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "null": type(None),
}
_YES: Final = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_NO: Final = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(_YES, True),
    **dict.fromkeys(_NO, False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NOT_FINITE: Final = re.compile(r"\.(?:nan|NaN|NAN)|[+-]?\.(?:inf|Inf|INF)")
_NUMBER_BEGINS: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES: Final = (16, 2, 8, 10)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WRITTEN_WHOLE: Final = 1e21
"""Go writes floats below this without a point where they are whole, and so the server stores `1.0` as `1`."""
_MOST_DIGITS: Final = 4000


def _number(text: str) -> int | float | str:
    plain = text.replace("_", "")
    if (match := _INTEGER.fullmatch(plain)) and len(plain) < _MOST_DIGITS:
        digits, base = next((group, base) for group, base in zip(match.groups()[1:], _BASES, strict=True) if group)
        return int(match[1] + digits, base)
    if not _FLOAT.fullmatch(plain) or float(plain) in (float("inf"), float("-inf")):
        return text
    number = float(plain)
    return int(number) if number.is_integer() and abs(number) < _WRITTEN_WHOLE else number
