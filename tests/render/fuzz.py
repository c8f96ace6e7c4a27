"""Hostile values by the thousand through every renderer; `python -m tests.render.fuzz 10000` for a long run."""

import io
import random
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from crwatch.diff.change import Change, Manager
from crwatch.diff.lens import Lens
from crwatch.model.objects import KubeObject, decode_object
from crwatch.render.brief import BriefWriter
from crwatch.render.manifest import JsonManifests, NameManifests, YamlManifests
from crwatch.render.ndjson import NdjsonWriter
from crwatch.render.plain import PlainWriter
from crwatch.render.terminal import TerminalWriter
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import ChangeWriter, Output
from tests.samples import DATABASES, delta

THEME: Final = Theme.of(Paint.COLOUR)
_OWN: Final = re.compile(
    ("\x1b\\[(?:0|" + "|".join(map(re.escape, filter(None, THEME.codes.values()))) + ")m").encode()
)
_RAW: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_ATTACKS: Final = (
    "\x1b[2J",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[31m",
    "\x1b[0m",
    "\x1bP1$r\x1b\\",
    "\x9b2J",
    "\x9d0;t\x9c",
    "\x85",
    "\r\n",
    "\n",
    "\t",
    "\b\b\b",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\U000e0041",
    "\u00ad",
    "[bold]x[/bold]",
    "%s{0}",
    '"',
    "\\",
    "'",
    " ",
    "→",
    "@me",
    "日本",
    "e\u0301",
    "😀",
)


class Hostile:
    """Makes up texts and values that mean harm, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - tests, not secrets
        self.values = 0

    def text(self) -> str:
        """Return a text of harmless and harmful pieces, now and then long or of several lines."""
        pieces = self._random.choices((*_ATTACKS, "a", "app-7", "Ready", "60s", "1Gi"), k=self._random.randint(1, 6))
        return "".join(pieces) * (self._random.randint(20, 60) if self._random.random() < 0.1 else 1)

    def value(self, depth: int = 0) -> Any:
        """Return a JSON value."""
        self.values += 1
        kind = self._random.random()
        if depth > 2 or kind < 0.6:
            return self.text()
        if kind < 0.7:
            return self._random.choice([None, True, 1, 1.0, 2**63, -0.5])
        count = self._random.randint(0, 3)
        if kind < 0.85:
            return {self.text(): self.value(depth + 1) for _ in range(count)}
        return [self.value(depth + 1) for _ in range(count)]

    def condition(self) -> dict[str, Any]:
        """Return a condition, more or less."""
        fields = ("status", "reason", "message", "lastTransitionTime", "observedGeneration")
        return {"type": self._random.choice(["Ready", self.text()]), **{field: self.text() for field in fields}}

    def object(self, name: str) -> KubeObject:
        """Return an object whose content, keys and conditions are made up."""
        metadata = {"name": name, "namespace": "shop", "uid": "u", "resourceVersion": self.text(), "generation": 7}
        value = {
            "apiVersion": "stable.example.com/v1",
            "kind": self.text(),
            "metadata": {**metadata, "labels": {self.text(): self.text()}, "finalizers": [self.text()]},
            "spec": {"a": self.value(), "b": self.value(), self.text(): self.value()},
            "status": {"phase": self.text(), "conditions": [self.condition() for _ in range(2)]},
        }
        return decode_object(msgspec.json.encode(value))

    def change(self) -> Change:
        """Return what became of an object: it changed, came or went; by writers with names of their own."""
        name = self.text()
        before, after = self.object(name), self.object(name)
        sides = self._random.choice([(before, after), (before, after), (before, after), (None, after), (before, None)])
        explained = Lens().explain(delta(*sides, cluster=self.text(), resource_version=self.text()))
        writers = (Manager(self.text(), "Update", self.text()),)
        fields = tuple(msgspec.structs.replace(field, by=writers) for field in explained.fields)
        return msgspec.structs.replace(explained, fields=fields, writers=writers)


class _ChangesTo:
    """Writers of changes that are kept through a run, each with a stream of its own."""

    def __init__(self) -> None:
        self._streams: dict[str, io.BytesIO] = {}
        self._writers: dict[str, ChangeWriter] = {"ndjson": NdjsonWriter(self._open("ndjson", is_terminal=True))}
        texts: dict[str, Callable[[Output, Theme], ChangeWriter]] = {
            "terminal": lambda output, theme: TerminalWriter(output, theme, width=lambda: 80),
            "narrow": lambda output, theme: TerminalWriter(output, theme, width=lambda: 30),
            "full": lambda output, theme: TerminalWriter(output, theme, width=lambda: 80, full=True),
            "plain": PlainWriter,
            "summary": lambda output, theme: BriefWriter(output, theme, width=lambda: 80),
            "summary in a pipe": BriefWriter,
        }
        for name, make in texts.items():
            self._writers[name] = make(self._open(name, is_terminal=True), THEME)
            # Without colours of ours and without the last gate, no ESC at all may be left.
            self._writers[f"bare {name}"] = make(self._open(f"bare {name}", is_terminal=False), Theme())

    def _open(self, name: str, *, is_terminal: bool) -> Output:
        self._streams[name] = io.BytesIO()
        return Output(self._streams[name], is_terminal=is_terminal)

    def write(self, change: Change) -> Iterator[tuple[str, bytes]]:
        """Yield what each stream receives for `change`."""
        for name, writer in self._writers.items():
            stream = self._streams[name]
            writer.write([change])
            yield name, stream.getvalue()
            stream.seek(0)
            stream.truncate()


def _manifests(shown: KubeObject) -> Iterator[tuple[str, bytes]]:
    for kind in (JsonManifests, YamlManifests, NameManifests):
        stream = io.BytesIO()
        writer = kind(Output(stream, is_terminal=True))
        writer.write([shown], DATABASES)
        writer.close()
        yield kind.__name__, stream.getvalue()


def raw_controls(wanted: int, seed: int) -> tuple[int, list[tuple[str, bytes]]]:
    """Send so many hostile values through every renderer.

    Returns:
        How many there were, and what a renderer let through, with its name.
    """
    hostile = Hostile(seed)
    writers = _ChangesTo()
    leaks: list[tuple[str, bytes]] = []
    while hostile.values < wanted:
        change = hostile.change()
        for name, received in (*writers.write(change), *_manifests(change.delta.object)):
            others = received if name.startswith("bare") else _OWN.sub(b"", received)
            if _RAW.search(others.decode()):
                leaks.append((name, received))
    return hostile.values, leaks


if __name__ == "__main__":
    count, leaked = raw_controls(int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(f"{count} hostile values, {len(leaked)} leaks\n")
    sys.exit("\n".join(map(str, leaked[:3])) or 0)
