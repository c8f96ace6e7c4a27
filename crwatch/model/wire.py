"""What the API server writes: lists in pages, watches as lines. Bytes in, values out; a failure is a value too."""

import msgspec

from crwatch.model.objects import KubeObject, decode_object, with_type
from crwatch.model.resource import ResourceType
from crwatch.model.status import Failure, FailureKind, of_status, read_status

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"
BOOKMARK = "BOOKMARK"
ERROR = "ERROR"


class WatchEvent(msgspec.Struct, frozen=True):
    """One line of a watch."""

    type: str
    """ADDED, MODIFIED, DELETED, BOOKMARK, ERROR; anything else is to be skipped."""
    object: KubeObject | None = None
    """None for ERROR. A BOOKMARK's has a resource version and nothing else."""
    failure: Failure | None = None
    """What an ERROR says, or why a line cannot be read."""


class ListPage(msgspec.Struct, frozen=True):
    """One page of a list; all pages of one list have the same resource version."""

    items: tuple[KubeObject, ...]
    resource_version: str
    continue_token: str | None
    """None on the last page; only this says whether there is more, never the number of items."""
    remaining: int | None = None
    """How many items are left, where the server says so (not under selectors)."""


class _EventLine(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw = msgspec.Raw(b"null")


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remaining_item_count: int | None = None


class _ListBody(msgspec.Struct, frozen=True):
    kind: str = ""
    metadata: _ListMeta = _ListMeta()
    items: list[msgspec.Raw] | None = None


_decode_line = msgspec.json.Decoder(_EventLine).decode
_decode_list = msgspec.json.Decoder(_ListBody).decode


class WatchDecoder:
    r"""Turns the bytes of one watch into events, however they were cut.

    Lines end with `\n` and nothing else: Go leaves U+0085 raw inside strings, where `str.splitlines` would cut
    (protocol 0.10). A line may be of any length.
    """

    def __init__(self, resource: ResourceType) -> None:
        self._resource = resource
        self._fragments: list[bytes] = []

    def feed(self, chunk: bytes) -> tuple[WatchEvent, ...]:
        """Return the events whose lines end in `chunk`, in order."""
        *complete, rest = chunk.split(b"\n")
        if not complete:
            self._fragments.append(rest)
            return ()
        complete[0] = b"".join((*self._fragments, complete[0]))
        self._fragments = [rest] if rest else []
        return tuple(self._decode(line) for line in complete if line.strip())

    def end(self) -> bool:
        """Tell whether the watch ended between two lines; what was begun and not ended is dropped."""
        whole = not b"".join(self._fragments).strip()
        self._fragments = []
        return whole

    def _decode(self, line: bytes) -> WatchEvent:
        try:
            event = _decode_line(line)
            if event.type == ERROR:
                return WatchEvent(ERROR, failure=_failure_of(event.object))
            if event.type == BOOKMARK:
                return WatchEvent(BOOKMARK, decode_object(event.object))
            gvr = self._resource.gvr
            return WatchEvent(event.type, with_type(event.object, gvr.group_version, self._resource.kind))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return WatchEvent(ERROR, failure=Failure(FailureKind.UNREADABLE, f"a line is no event: {error}"))


def _failure_of(raw: msgspec.Raw) -> Failure:
    status = read_status(raw)
    return of_status(status) if status else Failure(FailureKind.SERVER, "the server ended the watch without a reason")


def decode_page(body: bytes, resource: ResourceType) -> ListPage | Failure:
    """Return the page that `body` writes, its items with `apiVersion` and `kind`.

    A 200 that is no list, or a list without a resource version, is a failure and never an empty collection
    (protocol 9.19).
    """
    try:
        page = _decode_list(body)
        if not page.kind.endswith("List") or not page.metadata.resource_version:
            return Failure(FailureKind.UNREADABLE, "the answer is no list with a resource version")
        gvr = resource.gvr
        items = tuple(with_type(raw, gvr.group_version, resource.kind) for raw in page.items or ())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Failure(FailureKind.UNREADABLE, f"the answer is no list: {error}")
    meta = page.metadata
    return ListPage(items, meta.resource_version, meta.continue_ or None, meta.remaining_item_count)
