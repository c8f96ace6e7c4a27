"""Changes as the lens makes them, with the writers and times of a story, and what each layout makes of them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from crwatch.diff.change import Change, Manager
from crwatch.diff.lens import Lens
from crwatch.model.delta import Delta
from crwatch.model.notice import Notice
from crwatch.model.objects import KubeObject
from crwatch.render.plain import PlainWriter
from crwatch.render.terminal import TerminalWriter
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import Output
from tests import samples

EDITOR = Manager("kubectl-edit", "Update", "", "2026-11-22T16:05:03Z")
OPERATOR = Manager("db-operator", "Update", "status", "2026-11-22T16:05:03Z")


def at(clock: str) -> datetime:
    """Return a time of 22 Nov 2026, written as terminal.md's pictures write it."""
    return datetime.fromisoformat(f"2026-11-22T{clock}").replace(tzinfo=UTC)


def with_status(shown: KubeObject, **status: Any) -> KubeObject:
    """Return the object with a status."""
    return msgspec.structs.replace(shown, raw=msgspec.json.encode({**shown.value(), "status": status}))


def with_metadata(shown: KubeObject, **fields: Any) -> KubeObject:
    """Return the object with more metadata."""
    value = shown.value()
    return msgspec.structs.replace(
        shown, raw=msgspec.json.encode({**value, "metadata": {**samples.database_value()["metadata"], **fields}})
    )


def change(
    before: KubeObject | None,
    after: KubeObject | None,
    *,
    writers: Sequence[Manager] = (),
    by: dict[str, Manager] | None = None,
    **more: Any,
) -> Change:
    """Return the Change from one state to the other.

    Args:
        before: the state before.
        after: the state after.
        writers: of the whole event.
        by: the writer of each path, where there is none of the whole.
        more: fields of the Delta; `type` too where it is not what the two sides say.
    """
    delta: Delta = samples.delta(before, after, **more)
    explained = Lens().explain(delta)
    fields = tuple(
        msgspec.structs.replace(field, by=tuple(filter(None, [(by or {}).get(str(field.path))])) or tuple(writers))
        for field in explained.fields
    )
    return msgspec.structs.replace(explained, fields=fields, writers=tuple(writers))


def on_terminal(*items: Change | Notice, width: int = 80, paint: Paint = Paint.NONE, **options: Any) -> str:
    """Return what a terminal receives, with ESC made visible."""
    stream = io.BytesIO()
    theme = Theme.of(paint, ascii_only=options.pop("ascii_only", False))
    writer = TerminalWriter(Output(stream, is_terminal=True), theme, width=lambda: width, zone=UTC, **options)
    writer.write(items)
    writer.close()
    return stream.getvalue().decode().replace("\x1b", "␛")


def in_pipe(*items: Change | Notice, **options: Any) -> str:
    """Return what a pipe receives."""
    stream = io.BytesIO()
    writer = PlainWriter(Output(stream, is_terminal=False), Theme(), **options)
    writer.write(items)
    writer.close()
    return stream.getvalue().decode()
