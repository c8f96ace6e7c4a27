"""What a kind's definition declares: its list keys and its printer columns, asked for once, nothing else kept on disk.

A definition reaches 1.4 MB, its keys are kilobytes (ecosystem.md 9.10). Whether what is kept still holds is asked of
its metadata, which is small. Every failure is silent: list items are then paired by natural keys.
"""

import time
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from crwatch.files import CacheFolder
from crwatch.kube.transport import Response, Transport
from crwatch.model.resource import ResourceType
from crwatch.values.path import FieldPath, format_path, parse_path
from crwatch.values.schema import NO_KEYS, ListKeys, column_paths

_DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_SECONDS: Final = 3.0
"""For one answer: the first change of a kind waits for it."""
_RETRY_SECONDS: Final = 60.0
_FORMAT: Final = 2
"""Of what is kept: another one is not read."""


class _Metadata(msgspec.Struct, frozen=True):
    uid: str = ""
    generation: int = 0


class _Definition(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()


class _Declared(msgspec.Struct, frozen=True):
    keys: ListKeys = NO_KEYS
    columns: tuple[str, ...] = ()
    """As `format_path` writes them."""


class _Kept(msgspec.Struct, frozen=True):
    format: int
    of: _Metadata
    """The definition that was read: its generation moves with every edit of its spec."""
    declared: _Declared


_NOTHING: Final = _Declared()


Body = TypeVar("Body")


class Schemas:
    """The list keys of one server's kinds; may be used from several threads.

    Args:
        transport: asks the server.
        server: its address: two servers may define a kind differently.
        cache: where keys are kept.
        monotonic: a clock in seconds.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        server: str,
        cache: CacheFolder,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._server = server
        self._cache = cache
        self._monotonic = monotonic
        self._known: dict[ResourceType, _Declared] = {}
        self._failed_at: dict[ResourceType, float] = {}

    def list_keys(self, resource: ResourceType) -> ListKeys:
        """Return what is declared in the version that is read; NO_KEYS where there is no definition, or it is not ours.

        Asks once: with something on disk one small request, else one for the whole definition. What failed and may
        pass is tried again after a minute.
        """
        return self._declared(resource).keys

    def column_paths(self, resource: ResourceType) -> tuple[FieldPath, ...]:
        """Return the fields behind the printer columns, in their order; asks as `list_keys` does."""
        return tuple(map(parse_path, self._declared(resource).columns))

    def _declared(self, resource: ResourceType) -> _Declared:
        known = self._known.get(resource)
        if known is not None:
            return known
        failed_at = self._failed_at.get(resource)
        if failed_at is not None and self._monotonic() < failed_at + _RETRY_SECONDS:
            return _NOTHING
        declared = self._fetch(resource)
        if declared is None:
            self._failed_at[resource] = self._monotonic()
            return _NOTHING
        self._known[resource] = declared
        return declared

    def _fetch(self, resource: ResourceType) -> _Declared | None:
        """Return what is declared, or None where another try may bring it."""
        gvr = resource.gvr
        if "." not in gvr.group:  # the core, `apps`, `batch`: a definition's group has a dot
            return _NOTHING
        path = f"{_DEFINITIONS}/{quote(gvr.group_resource, safe='')}"
        name = _file_name(self._server, resource)
        kept = _decoded(self._cache.read(name) or b"", _Kept)
        if kept is not None and kept.format == _FORMAT:
            answer = self._transport.request(path, accept=_METADATA, seconds=_SECONDS)
            now = _decoded(answer.body, _Definition) if isinstance(answer, Response) else None
            if now is not None and now.metadata == kept.of:
                return kept.declared
        answer = self._transport.request(path, seconds=_SECONDS)
        if not isinstance(answer, Response):
            return None if answer.passes else _NOTHING
        definition, body = _decoded(answer.body, _Definition), _decoded(answer.body, dict[str, Any])
        if definition is None or body is None:
            return _NOTHING
        columns = tuple(map(format_path, column_paths(body, gvr.version)))
        declared = _Declared(ListKeys.parse(body, gvr.version), columns)
        self._cache.write(name, msgspec.json.encode(_Kept(_FORMAT, definition.metadata, declared)))
        return declared


def _file_name(server: str, resource: ResourceType) -> str:
    words = (server, resource.gvr.group_resource, resource.gvr.version)
    return f"schemas/{blake2b(chr(0).join(words).encode(), digest_size=16).hexdigest()}.json"


def _decoded(body: bytes, kind: type[Body]) -> Body | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
