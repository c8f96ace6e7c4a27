"""Changes as records: one compact JSON object a line, a superset of what kubectl's watch prints (design section 5).

The object goes out as the bytes that came in; only what stands around it is written. `record.schema.json` beside this
module says what a record may hold.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from crwatch.diff.change import Change, FieldChange, Manager, Op
from crwatch.model.delta import DeltaType, Reason, Source
from crwatch.model.notice import Counts, Notice
from crwatch.model.objects import KubeObject
from crwatch.model.resource import ResourceType
from crwatch.render.writer import NoticeSink, Output
from crwatch.values.path import format_path
from crwatch.values.scalars import Missing, format_timestamp

VERSION: Final = 1
ObjectPart = Literal["full", "meta", "none"]

_TYPE: Final = {DeltaType.ADDED: b"ADDED", DeltaType.MODIFIED: b"MODIFIED", DeltaType.DELETED: b"DELETED"}
_META_FIELDS: Final = ("apiVersion", "kind", "metadata")
_encode = msgspec.json.Encoder().encode


class _Resource(msgspec.Struct, frozen=True):
    group: str
    version: str
    kind: str
    plural: str


class _FieldRecord(msgspec.Struct, frozen=True):
    op: Op
    path: str
    at: str
    old: Any
    value: Any
    by: tuple[Manager, ...]
    from_: str | msgspec.UnsetType = msgspec.field(name="from")


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    v: int
    seq: int
    observed_at: str
    previous_observed_at: str | None
    cluster: str
    resource: _Resource
    namespace: str | None
    name: str
    uid: str
    resource_version: str
    previous_resource_version: str | None
    source: Source
    reason: Reason | None
    initial: bool
    gap: bool
    changes: list[_FieldRecord]
    suppressed: int


def encode_change(change: Change, seq: int, *, part: ObjectPart = "full") -> bytes:
    """Return the record of a change, with its line end.

    Args:
        change: what happened; its fields stand in the order in which they apply.
        seq: the number of the record in this output, from 1.
        part: how much of the object goes out: all that the server sent, type and metadata, or null.
    """
    delta = change.delta
    meta = delta.meta
    previous = delta.previous_observed_at
    record = _Record(
        VERSION,
        seq,
        format_timestamp(delta.observed_at),
        format_timestamp(previous) if previous else None,
        delta.cluster,
        _resource(delta.resource),
        meta.namespace or None,
        meta.name,
        meta.uid,
        delta.resource_version,
        delta.previous_resource_version,
        delta.source,
        delta.reason,
        delta.initial,
        delta.gap,
        [_field_record(field) for field in change.fields] if delta.type is DeltaType.MODIFIED else [],
        len(change.folded) + len(change.filtered),
    )
    return b'{"type":"%b","object":%b,%b\n' % (_TYPE[delta.type], _object(delta.object, part), _encode(record)[1:])


def _resource(resource: ResourceType) -> _Resource:
    return _Resource(resource.gvr.group, resource.gvr.version, resource.kind, resource.gvr.plural)


def _object(shown: KubeObject, part: ObjectPart) -> bytes:
    if part == "none":
        return b"null"
    if part == "meta":
        sections = shown.sections()
        return _encode({field: sections[field] for field in _META_FIELDS if field in sections})
    raw = shown.raw
    return raw.replace(b"\n", b" ") if b"\n" in raw else raw  # raw line ends stand between tokens only


def _field_record(field: FieldChange) -> _FieldRecord:
    moved = field.op is Op.MOVE
    return _FieldRecord(
        field.op,
        field.pointer,
        format_path(field.path),
        msgspec.UNSET if moved or isinstance(field.old, Missing) else field.old,
        msgspec.UNSET if moved or isinstance(field.new, Missing) else field.new,
        field.by,
        field.from_pointer or msgspec.UNSET,
    )


class _Failure(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    kind: str
    message: str
    code: int | None = None
    retry_after_seconds: float | None = None


class _NoticeRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    type: str
    v: int
    seq: int
    observed_at: str
    cluster: str = ""
    resource: _Resource | None = None
    since: str | None = None
    until: str | None = None
    since_resource_version: str | None = None
    until_resource_version: str | None = None
    counts: Counts | None = None
    failure: _Failure | None = None
    retry_seconds: float | None = None
    text: str = ""


def encode_notice(notice: Notice, seq: int) -> bytes:
    """Return the control record of a notice (`--status-events`), with its line end; what it lacks is left out."""
    failure = notice.failure
    record = _NoticeRecord(
        notice.kind.upper(),
        VERSION,
        seq,
        format_timestamp(notice.at),
        cluster=notice.cluster,
        resource=_resource(notice.resource) if notice.resource else None,
        since=format_timestamp(notice.since) if notice.since else None,
        until=format_timestamp(notice.until) if notice.until else None,
        since_resource_version=notice.since_rv,
        until_resource_version=notice.until_rv,
        counts=notice.counts if notice.counts != Counts() else None,
        failure=_Failure(failure.kind, failure.message, failure.code, failure.retry_after_seconds) if failure else None,
        retry_seconds=notice.retry_seconds,
        text=notice.text,
    )
    return _encode(record) + b"\n"


class NdjsonWriter:
    """Writes a record a change, noise-only ones too: without them nobody could check that nothing was lost.

    Args:
        output: standard output.
        part: how much of each object goes out.
        only_visible: leave out records in which nothing but noise changed.
        status_events: notices go out as control records; else they are told by `notices`.
        notices: where notices are told; None where somebody else does.
        dress: makes of a record's line what goes out.
    """

    def __init__(
        self,
        output: Output,
        *,
        part: ObjectPart = "full",
        only_visible: bool = False,
        status_events: bool = False,
        notices: NoticeSink | None = None,
        dress: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._output = output
        self._part = part
        self._only_visible = only_visible
        self._status_events = status_events
        self._notices = notices
        self._dress = dress
        self._seq = 0

    def write(self, items: Sequence[Change | Notice]) -> None:
        """Write the records of a batch."""
        records = map(self._encode, items)
        self._output.write(b"".join(map(self._dress, filter(None, records)) if self._dress else records))
        if self._notices is not None:
            for item in items:
                if isinstance(item, Notice):
                    self._notices.write(item)

    def close(self) -> None:
        """Nothing is held back."""

    def _encode(self, item: Change | Notice) -> bytes:
        if isinstance(item, Notice):
            return encode_notice(item, self._next()) if self._status_events else b""
        return encode_change(item, self._next(), part=self._part) if item or not self._only_visible else b""

    def _next(self) -> int:
        self._seq += 1
        return self._seq
