"""A connection to one cluster: where everything that reads from a server begins."""

import hashlib
import os
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from crwatch.errors import ServerError, UsageError
from crwatch.files import CacheFolder
from crwatch.kube.collection import Collection
from crwatch.kube.credentials import Credentials
from crwatch.kube.discovery import Discovery
from crwatch.kube.kubeconfig import Access, Impersonation, find_access
from crwatch.kube.patience import Patience
from crwatch.kube.schemas import Schemas
from crwatch.kube.transport import Limits, Response, Transport
from crwatch.model.resource import ResourceType
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind, to_error
from crwatch.values.path import FieldPath
from crwatch.values.schema import ListKeys

_ID_DIGITS: Final = 8
_NO_UID: Final = frozenset(
    {FailureKind.UNAUTHORIZED, FailureKind.FORBIDDEN, FailureKind.NOT_SERVED, FailureKind.NOT_FOUND}
)

Body = TypeVar("Body", bound=msgspec.Struct)


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    git_version: str = ""


class _Uid(msgspec.Struct, frozen=True):
    uid: str = ""


class _Namespace(msgspec.Struct, frozen=True):
    metadata: _Uid = _Uid()


class Cluster:
    """One cluster, reached in one way; a context manager, to be used from any number of threads.

    Args:
        access: the way.
        request_timeout_seconds: for one request, and for repeating what passes; None has the defaults of protocol 7.1.
        on_warning: told each text of the server's `Warning` headers once.
        on_wait: told what a one-shot request waits for, and how many seconds.

    Raises:
        ConnectError: a certificate or an address of the kubeconfig cannot be used.
    """

    def __init__(
        self,
        access: Access,
        *,
        request_timeout_seconds: float | None = None,
        on_warning: Callable[[str], None] | None = None,
        on_wait: Callable[[Failure, float], None] | None = None,
    ) -> None:
        self._access = access
        limits, patience = Limits(), Patience(on_wait=on_wait)
        if request_timeout_seconds:  # 0 is none, as with kubectl
            limits = Limits(answer=request_timeout_seconds)
            patience = Patience(request_timeout_seconds, on_wait=on_wait)
        credentials = Credentials(access.login, access.impersonation)
        self._transport = Transport(access, credentials, limits=limits, on_warning=on_warning)
        self._patience = patience
        self._discovery = Discovery(self._transport, patience, server=access.server)
        self._schemas = Schemas(self._transport, server=access.server, cache=CacheFolder.of(os.environ))

    @property
    def name(self) -> str:
        """The context's name."""
        return self._access.name

    @property
    def server(self) -> str:
        """Its address."""
        return self._access.server

    @property
    def namespace(self) -> str:
        """Where a person is who names no namespace."""
        return self._access.namespace

    def resources(self, text: str) -> tuple[ResourceType, ...]:
        """Return the kinds that `text` names: names and categories, with commas between; none twice.

        Raises:
            NotServedError: a name that the server does not know.
            UsageError: a name of several kinds, or no name.
            CrwatchError: what else the server or the network says.
        """
        names = [name for name in (part.strip() for part in text.split(",")) if name]
        if not names:
            raise UsageError("no resource type is named")
        return tuple(dict.fromkeys(one for name in names for one in self._discovery.resolve(name)))

    def resource(self, text: str) -> ResourceType:
        """Return the one kind that `text` names; raises like `resources`, and UsageError for a category."""
        found = self.resources(text)
        if len(found) > 1:
            names = ", ".join(one.gvr.group_resource for one in found)
            raise UsageError(f'"{text}" names {len(found)} kinds where one is meant', cause=names)
        return found[0]

    def served(self) -> tuple[ResourceType, ...]:
        """Return every kind in every version that the server has; raises like `resources`."""
        return self._discovery.all()

    def collection(
        self,
        type: str | ResourceType,  # noqa: A002 - the word that kubectl's users type
        *,
        namespace: str | None = None,
        labels: str = "",
        fields: str = "",
        name: str | None = None,
    ) -> Collection:
        """Return the objects of a kind that are meant. Nothing is asked beyond what the kind is.

        Args:
            type: a kind, or its name as typed.
            namespace: None is every namespace; ignored where the kind has none.
            labels: kubectl's `-l`.
            fields: kubectl's `--field-selector`.
            name: one object alone.

        Raises:
            CrwatchError: as `resource` does.
        """
        resource = self.resource(type) if isinstance(type, str) else type
        selection = Selection(namespace if resource.namespaced else None, name, labels, fields)
        return Collection(
            self._transport,
            self._patience,
            cluster_name=self.name,
            server=self.server,
            resource=resource,
            selection=selection,
            schemas=self._schemas,
        )

    def list_keys(self, resource: ResourceType) -> ListKeys:
        """Return what the definition of a kind declares about its lists; for `Lens(keys=…)`. Nothing is raised.

        NO_KEYS where there is no definition, or it may not be read. Asked once a kind, and kept on disk as keys only.
        """
        return self._schemas.list_keys(resource)

    def column_paths(self, resource: ResourceType) -> tuple[FieldPath, ...]:
        """Return the fields behind a kind's printer columns; nothing where its definition cannot be read."""
        return self._schemas.column_paths(resource)

    def version(self) -> str:
        """Return the server's version (`v1.37.2`), empty where it does not say; raises what the network says."""
        answer = self._patience.ask(lambda: self._transport.request("/version"))
        if isinstance(answer, Failure):
            raise to_error(answer, f"its version at {self.server}")
        return self._decoded(answer, _Version).git_version

    def position_id(self) -> str:
        """Return 8 hexadecimal digits by which a resource version can be known as this cluster's (protocol 9.4).

        They are the beginning of kube-system's UID, else of a digest of the CA and the server's address.

        Raises:
            CrwatchError: the server cannot be asked now: a guess would call this cluster another one.
        """
        answer = self._patience.ask(lambda: self._transport.request("/api/v1/namespaces/kube-system"))
        if isinstance(answer, Failure) and answer.kind not in _NO_UID:
            raise to_error(answer, f"its identity at {self.server}")
        uid = self._decoded(answer, _Namespace).metadata.uid if isinstance(answer, Response) else ""
        digest = hashlib.sha256((self._access.tls.ca or b"") + self.server.encode()).hexdigest()
        return (uid.replace("-", "") or digest)[:_ID_DIGITS]

    def close(self) -> None:
        """Cut every connection; watches end at once, and new requests fail."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decoded(self, answer: Response, body: type[Body]) -> Body:
        try:
            return msgspec.json.decode(answer.body, type=body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ServerError(f"{self.server} does not answer like an API server", cause=str(error)) from error


def connect(
    context: str | None = None,
    kubeconfig: str | None = None,
    *,
    namespace: str | None = None,
    impersonation: Impersonation | None = None,
    request_timeout_seconds: float | None = None,
    on_warning: Callable[[str], None] | None = None,
    on_wait: Callable[[Failure, float], None] | None = None,
) -> Cluster:
    """Return the cluster that kubectl would talk to. Nothing is asked of it yet.

    Args:
        context: of the kubeconfig; the current one by default.
        kubeconfig: a file; `$KUBECONFIG`, `~/.kube/config` or a pod's own access by default.
        namespace: in place of the context's.
        impersonation: as whom rights are judged (`--as`), in place of the kubeconfig's.
        request_timeout_seconds: for one request, and for repeating what passes.
        on_warning: told each text of the server's `Warning` headers once.
        on_wait: told what a one-shot request waits for, and how many seconds.

    Raises:
        ConnectError: there is no kubeconfig, or it cannot be used.
        UnauthorizedError: its user logs in in a way that is not supported.
        UsageError: no such context.
    """
    access = find_access(kubeconfig, context=context)
    if namespace:
        access = msgspec.structs.replace(access, namespace=namespace)
    if impersonation:
        access = msgspec.structs.replace(access, impersonation=impersonation)
    return Cluster(access, request_timeout_seconds=request_timeout_seconds, on_warning=on_warning, on_wait=on_wait)
