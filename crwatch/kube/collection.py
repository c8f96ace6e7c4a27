"""The objects of one kind that a selection means, read from the API server. The `ListerWatcher` over HTTP."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from crwatch.errors import CrwatchError, ServerError, UsageError, VersionExpiredError
from crwatch.kube.patience import Patience
from crwatch.kube.schemas import Schemas
from crwatch.kube.stream import Stream
from crwatch.kube.transport import JSON, Response, Transport
from crwatch.model.objects import KubeObject, ObjectKey, with_type
from crwatch.model.resource import ResourceType
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind, to_error
from crwatch.model.table import Table, decode_table
from crwatch.model.wire import ListPage, decode_page
from crwatch.reflector.ports import PageRequest
from crwatch.values.schema import ListKeys

_TABLE: Final = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
_LOOK_UP_SECONDS: Final = 2.0
"""An answer about the past that comes later helps nobody (protocol 9.6)."""
_VERSION: Final = re.compile(r"[1-9][0-9]*")
_CURRENT: Final = re.compile(r"current: ([0-9]+)")
_START_AGAIN: Final = frozenset({FailureKind.EXPIRED, FailureKind.TOO_LARGE})

Page = TypeVar("Page", ListPage, Table)


class Collection:
    """A selection of one kind; holds no connection, and may be used from several threads.

    Args:
        transport: asks the server.
        patience: repeats what one-shot verbs ask.
        cluster_name: how Deltas call the cluster.
        server: its address, for messages.
        resource: the kind.
        selection: what of it.
        schemas: knows what is declared about lists.
    """

    def __init__(
        self,
        transport: Transport,
        patience: Patience,
        *,
        cluster_name: str,
        server: str,
        resource: ResourceType,
        selection: Selection,
        schemas: Schemas,
    ) -> None:
        self._transport = transport
        self._patience = patience
        self._cluster_name = cluster_name
        self._server = server
        self._resource = resource
        self._selection = selection
        self._schemas = schemas

    @property
    def cluster_name(self) -> str:
        """How Deltas call the cluster."""
        return self._cluster_name

    @property
    def resource(self) -> ResourceType:
        """The kind, in the version that is read."""
        return self._resource

    @property
    def selection(self) -> Selection:
        """What of it."""
        return self._selection

    def list_keys(self) -> ListKeys:
        """Return what the kind's definition declares about its lists, for `Lens(keys=…)`; as `Cluster.list_keys`."""
        return self._schemas.list_keys(self._resource)

    def list_page(self, request: PageRequest) -> ListPage | Failure:
        """Return one page; one request, nothing is retried."""
        answer = self._ask_page(request, JSON)
        return decode_page(answer.body, self._resource) if isinstance(answer, Response) else answer

    def table_page(self, request: PageRequest) -> Table | Failure:
        """Return one page as the server's own table; one request, nothing is retried."""
        answer = self._ask_page(request, _TABLE)
        return decode_table(answer.body) if isinstance(answer, Response) else answer

    def watch(self, resource_version: str, timeout_seconds: int) -> Stream | Failure:
        """Open a watch that tells what happens after `resource_version`, with bookmarks."""
        parameters = {
            **self._selection.parameters(),
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(timeout_seconds),
            "resourceVersion": resource_version,
        }
        path = _path(self._resource, self._selection.namespace)
        return self._transport.stream(path, parameters, seconds=timeout_seconds)

    def look_up(self, key: ObjectKey, at: str) -> KubeObject | Failure | None:
        """Return the object as it was at exactly the version `at`, whatever the selection, or None (protocol 9.6)."""
        parameters = {**Selection(name=key.name).parameters(), **_exactly(at)}
        path = _path(self._resource, key.namespace)
        answer = self._transport.request(path, parameters, seconds=_LOOK_UP_SECONDS)
        page = decode_page(answer.body, self._resource) if isinstance(answer, Response) else answer
        return page if isinstance(page, Failure) else next(iter(page.items), None)

    def pages(self, *, at: str | None = None) -> Iterator[ListPage]:
        """Return the pages of one list, asking for the next when it is wanted.

        All have one resource version. When a token has expired on the way, everything is listed anew in a single page
        (protocol 1.3): a page with another version takes the place of all before it. `whole` does that.

        Args:
            at: the version to list at, exactly; None is the newest state.

        Raises:
            UsageError: `at` is no version, or has not happened on this server.
            VersionExpiredError: the server no longer knows the state at `at`.
            CrwatchError: what else the server or the network says.
        """
        return self._walk(self.list_page, at)

    def tables(self, *, at: str | None = None) -> Iterator[Table]:
        """Return the pages of one list as the server's tables; raises and starts anew like `pages`."""
        return self._walk(self.table_page, at)

    def whole(self, *, at: str | None = None) -> ListPage:
        """Return the whole list as one page; raises like `pages`."""
        items: list[KubeObject] = []
        version = ""
        for page in self.pages(at=at):
            if page.resource_version != version:
                items.clear()
            version = page.resource_version
            items += page.items
        return ListPage(tuple(items), version, None)

    def get(self, name: str) -> KubeObject | None:
        """Return the object of that name, or None where there is none; labels and fields do not matter.

        Raises:
            UsageError: the kind has namespaces and the selection none.
            CrwatchError: what the server or the network says.
        """
        if self._resource.namespaced and not self._selection.namespace:
            raise UsageError(f'which "{name}" is meant? A name alone says nothing across all namespaces')
        path = f"{_path(self._resource, self._selection.namespace)}/{quote(name, safe='')}"
        answer = self._patience.ask(lambda: self._transport.request(path))
        if isinstance(answer, Response):
            try:
                return with_type(answer.body.strip(), self._resource.gvr.group_version, self._resource.kind)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ServerError(f'the server\'s answer for "{name}" is no object', cause=str(error)) from error
        if answer.kind == FailureKind.NOT_FOUND:
            return None
        raise self._error(answer, None)

    def _ask_page(self, request: PageRequest, accept: str) -> Response | Failure:
        parameters = self._selection.parameters()
        if request.limit is not None:
            parameters["limit"] = str(request.limit)
        if request.continue_token is not None:
            parameters["continue"] = request.continue_token  # 400 together with a version (protocol 1.2)
        elif request.at is not None:
            parameters |= _exactly(request.at)
        return self._transport.request(_path(self._resource, self._selection.namespace), parameters, accept=accept)

    def _walk(self, fetch: Callable[[PageRequest], Page | Failure], at: str | None) -> Iterator[Page]:
        if at is not None and not _VERSION.fullmatch(at):
            raise UsageError(f'"{at}" is no resource version: those are whole numbers above 0')
        return self._walk_pages(fetch, PageRequest(at=at))

    def _walk_pages(self, fetch: Callable[[PageRequest], Page | Failure], first: PageRequest) -> Iterator[Page]:
        request, version = first, ""
        while True:
            answer = self._patience.ask(partial(fetch, request))
            if isinstance(answer, Failure):
                if first.at or not request.continue_token or answer.kind not in _START_AGAIN:
                    raise self._error(answer, first.at)
                request, version = PageRequest(limit=None), ""
                continue
            if version and answer.resource_version != version:
                words = f"from {version} to {answer.resource_version}"
                raise ServerError(f"the list of {self._name} changed its resource version between pages, {words}")
            version = answer.resource_version
            yield answer
            if answer.continue_token is None:
                return
            request = msgspec.structs.replace(first, continue_token=answer.continue_token)

    @property
    def _name(self) -> str:
        return self._resource.gvr.group_resource

    def _error(self, failure: Failure, at: str | None) -> CrwatchError:
        if at and failure.kind == FailureKind.EXPIRED:
            words = f"resource version {at} is older than what the server still knows"
            return VersionExpiredError(words, cause=failure.message)
        if at and failure.kind == FailureKind.TOO_LARGE:
            current = _CURRENT.search(failure.message)
            hint = f"the newest one is {current[1]}" if current else None
            return UsageError(f"resource version {at} has not happened here", hint=hint)
        return to_error(failure, f"{self._name} at {self._server}")


def _exactly(at: str) -> dict[str, str]:
    """A version goes on a list only with its match: alone, with a limit, it means something else (protocol 1.9)."""
    return {"resourceVersion": at, "resourceVersionMatch": "Exact"}


def _path(resource: ResourceType, namespace: str | None) -> str:
    gvr = resource.gvr
    root = f"/apis/{gvr.group}/{gvr.version}" if gvr.group else f"/api/{gvr.version}"
    within = f"/namespaces/{quote(namespace, safe='')}" if resource.namespaced and namespace else ""
    return f"{root}{within}/{gvr.plural}"
