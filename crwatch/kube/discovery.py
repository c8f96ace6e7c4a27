"""What kinds the server has, and which of them a person means (ecosystem.md 1.2)."""

import difflib
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final

import msgspec

from crwatch.errors import NotServedError, UsageError
from crwatch.kube.patience import Patience
from crwatch.kube.transport import JSON, Response, Transport
from crwatch.model.resource import GroupVersionResource, ResourceType, TypeName
from crwatch.model.status import Failure, FailureKind, to_error

_LIST_OF_GROUPS: Final = "as=APIGroupDiscoveryList"
_AGGREGATED: Final = (
    f"application/json;g=apidiscovery.k8s.io;v=v2;{_LIST_OF_GROUPS},"
    f"application/json;g=apidiscovery.k8s.io;v=v2beta1;{_LIST_OF_GROUPS},{JSON}"
)
"""client-go's own: one request for all groups, and the old form from servers that know no other (protocol 1.14)."""
_NOT_THERE: Final = frozenset({FailureKind.NOT_SERVED, FailureKind.NOT_FOUND, FailureKind.NOT_ACCEPTABLE})
_NUMBERS: Final = {2: "two", 3: "three", 4: "four", 5: "five"}


class _Kind(msgspec.Struct, frozen=True):
    kind: str = ""


class _Resource(msgspec.Struct, frozen=True, rename="camel"):
    """A kind in either form: `resource` and `responseKind` are aggregated, `name` and `kind` are plain."""

    resource: str = ""
    response_kind: _Kind | None = None
    scope: str = ""
    singular_resource: str = ""
    name: str = ""
    kind: str = ""
    namespaced: bool = False
    singular_name: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    version: str = ""
    resources: tuple[_Resource, ...] = ()


class _Meta(msgspec.Struct, frozen=True):
    name: str = ""


class _Group(msgspec.Struct, frozen=True, rename="camel"):
    metadata: _Meta = _Meta()
    name: str = ""
    versions: tuple[_Version, ...] = ()
    preferred_version: _Version = _Version()


class _Answer(msgspec.Struct, frozen=True):
    """Whatever `/api`, `/apis` and what lies below them answer; a list of `paths` has none of this (protocol 6.7)."""

    kind: str = ""
    items: tuple[_Group, ...] | None = None
    groups: tuple[_Group, ...] | None = None
    versions: tuple[str, ...] | None = None
    resources: tuple[_Resource, ...] | None = None


_decode_answer = msgspec.json.Decoder(_Answer).decode


class Discovery:
    """The kinds of one server, asked for when they are first needed; may be used from several threads.

    Args:
        transport: asks the server.
        patience: repeats what passes.
        server: its address, for messages.
    """

    def __init__(self, transport: Transport, patience: Patience, *, server: str) -> None:
        self._transport = transport
        self._patience = patience
        self._server = server
        self._lock = Lock()
        self._known: tuple[ResourceType, ...] | None = None

    def resolve(self, text: str) -> tuple[ResourceType, ...]:
        """Return the kind that `text` names, in the version that the server prefers, or the kinds of a category.

        Raises:
            NotServedError: there is none.
            UsageError: it names several.
            CrwatchError: what the server or the network says.
        """
        with self._lock:
            fresh = self._known is None
            known = self._fetch() if self._known is None else self._known
            found = find(text, known)
            if not found and not fresh:  # it may have been served since
                known = self._fetch()
                found = find(text, known)
            self._known = known
        if not found:
            raise NotServedError(f'the server doesn\'t have a resource type "{text}"', hint=near_miss(text, known))
        return found

    def all(self) -> tuple[ResourceType, ...]:
        """Return every kind in every version, the preferred ones of a group first; without subresources."""
        with self._lock:
            self._known = self._fetch() if self._known is None else self._known
            return self._known

    def _fetch(self) -> tuple[ResourceType, ...]:
        core = self._ask("/api")
        named = self._ask("/apis")
        if core is None and named is None:
            raise NotServedError(f"{self._server} has neither /api nor /apis: is it a Kubernetes API server?")
        return (*self._kinds_of(core), *self._kinds_of(named))

    def _kinds_of(self, answer: _Answer | None) -> Iterator[ResourceType]:
        if answer is None:
            return
        for group in answer.items or ():
            for version in group.versions:
                yield from _kinds(group.metadata.name, version.version, version.resources)
        for version_name in answer.versions or ():
            yield from self._plain("", version_name, f"/api/{version_name}")
        for group in answer.groups or ():
            preferred = group.preferred_version
            for version in sorted(group.versions, key=lambda one: one.version != preferred.version):
                yield from self._plain(group.name, version.version, f"/apis/{group.name}/{version.version}")

    def _plain(self, group: str, version: str, path: str) -> Iterator[ResourceType]:
        answer = self._transport.request(path)
        if isinstance(answer, Failure):
            if answer.kind == FailureKind.UNAVAILABLE:  # its own server is down; kubectl goes on without it, too
                return iter(())
            answer = self._patience.ask(lambda: self._transport.request(path))
        body = self._read(answer)
        return _kinds(group, version, (body.resources or ()) if body else ())

    def _ask(self, path: str) -> _Answer | None:
        answer = self._patience.ask(lambda: self._transport.request(path, accept=_AGGREGATED))
        if isinstance(answer, Failure) and answer.kind == FailureKind.NOT_ACCEPTABLE:
            answer = self._patience.ask(lambda: self._transport.request(path))
        return self._read(answer)

    def _read(self, answer: Response | Failure) -> _Answer | None:
        if isinstance(answer, Response):
            try:
                return _decode_answer(answer.body)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                answer = Failure(FailureKind.UNREADABLE, f"the answer is no discovery: {error}")
        if answer.kind in _NOT_THERE:
            return None
        raise to_error(answer, f"its resource types at {self._server}")


def _kinds(group: str, version: str, resources: Iterable[_Resource]) -> Iterator[ResourceType]:
    for one in resources:
        plural = one.resource or one.name
        if "/" not in plural:  # a subresource, in the plain form
            yield ResourceType(
                GroupVersionResource(group, version, plural),
                one.response_kind.kind if one.response_kind else one.kind,
                one.scope == "Namespaced" or one.namespaced,
                one.singular_resource or one.singular_name,
                one.short_names,
                one.categories,
                one.verbs,
            )


def find(text: str, known: Iterable[ResourceType]) -> tuple[ResourceType, ...]:
    """Return the kind that `text` names, or the kinds of a category; empty where there is none.

    A version that was typed comes first, then the one that stands first in its group. A plural wins over other names,
    and the core group over its copies elsewhere (`events`).

    Raises:
        UsageError: it names kinds of several groups.
    """
    typed = TypeName.parse(text)
    known = tuple(known)
    candidates = [one for one in known if typed.matches(one)]
    exact = [one for one in candidates if typed.names_version(one)]
    candidates = exact or _preferred(candidates)
    word = typed.text.partition(".")[0]
    for closer in (
        [one for one in candidates if one.gvr.plural == word],
        [one for one in candidates if word in {one.word, one.kind.lower()}],
    ):
        candidates = closer or candidates
        if closer:
            break
    candidates = [one for one in candidates if not one.gvr.group] or candidates
    if len(candidates) > 1:
        raise _ambiguous(text, candidates)
    if candidates:
        return tuple(candidates)
    return tuple(_preferred(one for one in known if typed.text in one.categories and "list" in one.verbs))


def _preferred(kinds: Iterable[ResourceType]) -> list[ResourceType]:
    """Of each kind the version that stands first."""
    first: dict[str, ResourceType] = {}
    for one in kinds:
        first.setdefault(one.gvr.group_resource, one)
    return list(first.values())


def _ambiguous(text: str, candidates: list[ResourceType]) -> UsageError:
    number = _NUMBERS.get(len(candidates), str(len(candidates)))
    return UsageError(
        f'"{text}" names {number} kinds',
        cause="    ".join(str(one.gvr) for one in candidates),
        hint=f"{candidates[0].gvr.group_resource}   names the first",
    )


def near_miss(text: str, known: Iterable[ResourceType]) -> str | None:
    """Return the question whether the most similar kind was meant, or None where nothing is similar."""
    names: dict[str, ResourceType] = {}
    for one in known:
        if "list" in one.verbs:
            for name in (one.gvr.group_resource, one.gvr.plural, one.word, one.kind.lower(), *one.short_names):
                names.setdefault(name, one)
    close = difflib.get_close_matches(TypeName.parse(text).text, names, n=1, cutoff=0.7)
    if not close:
        return None
    meant = names[close[0]]
    short = f" ({meant.short_names[0]})" if meant.short_names else ""
    return f"did you mean {meant.gvr.group_resource}{short}?"
