"""Whatever a cluster sends, no renderer lets it drive a terminal."""

import io
import re
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from crwatch.diff.change import Change, FieldChange, Manager, Op
from crwatch.model.delta import DeltaType, Reason
from crwatch.model.notice import Notice, NoticeKind
from crwatch.model.objects import KubeObject, Metadata
from crwatch.model.status import Failure, FailureKind
from crwatch.render.brief import BriefWriter
from crwatch.render.manifest import JsonManifests, NameManifests, YamlManifests
from crwatch.render.ndjson import NdjsonWriter
from crwatch.render.notices import NoticeWriter
from crwatch.render.plain import PlainWriter
from crwatch.render.terminal import TerminalWriter
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import Output
from tests.render.fuzz import raw_controls
from tests.samples import DATABASES, NOON, database_value, delta
from tests.strategies import paths, texts, values

OWN = re.compile("\x1b\\[(?:0|" + "|".join(map(re.escape, filter(None, Theme.of(Paint.COLOUR).codes.values()))) + ")m")
DANGEROUS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
WIDTH = 80


def hostile_object(name: str, value: Any) -> KubeObject:
    """Return an object whose name and content a server made up."""
    content = {**database_value(rv=1), "spec": value, "status": {"text": value}}
    content["metadata"] = {**content["metadata"], "name": name}
    return KubeObject(Metadata(name=name, namespace="shop", resource_version="1"), msgspec.json.encode(content))


def harmless(stream: io.BytesIO) -> bool:
    """Whether nothing but our own colours is in what a terminal received."""
    return DANGEROUS.search(OWN.sub("", stream.getvalue().decode())) is None


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Changes with hostile names, paths, values and writers."""
    name, value = draw(texts), draw(values)
    by = tuple(Manager(draw(texts), "Update", draw(texts)) for _ in range(draw(st.integers(0, 2))))
    fields = tuple(
        FieldChange(Op.REPLACE, "/x", draw(paths), draw(values), draw(values), by)
        for _ in range(draw(st.integers(0, 3)))
    )
    kind = draw(st.sampled_from(DeltaType))
    shown = hostile_object(name, value)
    told = delta(shown, shown, type=kind, reason=draw(st.sampled_from([None, *Reason])), cluster=draw(texts))
    return Change(told, fields, writers=by)


@settings(deadline=None)  # three renderers and a batch each time
@given(st.lists(changes(), max_size=3))
def test_no_change_drives_a_terminal(batch: list[Change]) -> None:
    """In every layout; and a pipe keeps its words and lines."""
    theme = Theme.of(Paint.COLOUR)
    for make in (
        lambda output: TerminalWriter(output, theme, width=lambda: WIDTH),
        lambda output: TerminalWriter(output, theme, width=lambda: WIDTH, full=True),
        lambda output: PlainWriter(output, theme),
        lambda output: BriefWriter(output, theme, width=lambda: WIDTH),
        lambda output: BriefWriter(output, theme),
        NdjsonWriter,
    ):
        stream = io.BytesIO()
        make(Output(stream, is_terminal=True)).write(batch)
        assert harmless(stream)

    stream = io.BytesIO()
    PlainWriter(Output(stream, is_terminal=False), Theme()).write(batch)
    for line in stream.getvalue().decode().splitlines():
        words = line.split(" ")
        assert words[0].endswith("Z")
        assert words[1] in {"+", "-", "~"}
        assert all(words[2:5])
        assert words[-1].startswith("@")


@given(texts, values)
def test_no_object_drives_a_terminal(name: str, value: Any) -> None:
    """As JSON, as YAML, as a name."""
    shown = [hostile_object(name, value)]
    for kind in (JsonManifests, YamlManifests, NameManifests):
        stream = io.BytesIO()
        writer = kind(Output(stream, is_terminal=True))
        writer.write(shown, DATABASES)
        writer.close()
        assert harmless(stream)


@given(texts)
def test_no_notice_drives_a_terminal(text: str) -> None:
    """A server's words, a proxy's words."""
    stream = io.BytesIO()
    writer = NoticeWriter(Output(stream, is_terminal=True), Theme(), width=lambda: WIDTH, verbose=True)
    for kind in NoticeKind:
        writer.write(Notice(kind=kind, at=NOON, text=text, failure=Failure(FailureKind.SERVER, text)))

    assert harmless(stream)


def test_a_thousand_hostile_values_pass_every_renderer() -> None:
    """Seeded; `python -m tests.render.fuzz 10000` takes longer."""
    count, leaks = raw_controls(1000, seed=5)

    assert count >= 1000
    assert leaks == []
