"""Typed words become values: TYPE and NAME, WHEN."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from crwatch.errors import UsageError
from crwatch.values.scalars import parse_duration

_SINCE: Final = re.compile(r"([1-9][0-9]*)(?:@([0-9a-f]{8}))?")


class Target(msgspec.Struct, frozen=True):
    """A type that was asked for, and one of its objects where one was named."""

    type: str
    name: str | None = None
    namespace: str | None = None
    """Where the name was typed as `NAMESPACE/NAME`, as crwatch prints it."""


def parse_targets(words: Sequence[str]) -> tuple[Target, ...]:
    """Return what `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…` asks for; nothing for no words.

    After a TYPE word a NAME may be `NAMESPACE/NAME`.

    Raises:
        UsageError: the two forms are mixed, or something is empty.
    """
    if not words:
        return ()
    if "/" in words[0]:
        return tuple(map(_parse_type_and_name, words))
    types = [word for word in words[0].split(",") if word]
    if not types:
        raise UsageError("a TYPE is empty", hint="crwatch get databaseclusters   names one")
    names = words[1:]
    if not names:
        return tuple(map(Target, types))
    return tuple(Target(kind, *_parse_name(name)) for kind in types for name in names)


def _parse_type_and_name(word: str) -> Target:
    kind, slash, name = word.partition("/")
    if not (kind and slash and name) or "/" in name:
        raise UsageError(f"{word!r} is not TYPE/NAME", hint="either TYPE NAME…, or TYPE/NAME each time, as in kubectl")
    return Target(kind, name)


def _parse_name(word: str) -> tuple[str, str | None]:
    namespace, slash, name = word.rpartition("/")
    if not name or "/" in namespace or (slash and not namespace):
        raise UsageError(f"{word!r} is neither NAME nor NAMESPACE/NAME")
    return name, namespace or None


class Since(msgspec.Struct, frozen=True):
    """A position in the history of a cluster."""

    resource_version: str
    cluster_id: str | None = None
    """Which cluster's, where the position says so."""


def parse_since(text: str) -> Since:
    """Return the position that `RV` or `RV@ID` writes.

    Raises:
        UsageError: it is none. Times and durations need a journal of what was seen, which does not exist yet.
    """
    if match := _SINCE.fullmatch(text):
        return Since(match[1], match[2])
    if text == "last" or parse_duration(text) is not None or re.search(r"\d[:-]\d", text):
        raise UsageError(
            f"--since {text} needs the journal, which does not exist yet",
            hint="--since RV   takes the resource version that crwatch prints at its start and end",
        )
    raise UsageError(
        f"--since {text!r} is no resource version: digits without a leading zero, greater than 0",
        hint="the resource version of any object, list or event of the cluster will do",
    )
