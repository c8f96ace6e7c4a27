"""Two sides compared: manifests, lists or recorded streams, object by object."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from crwatch.diff.change import Change
from crwatch.diff.lens import KeysOf, Lens
from crwatch.errors import UsageError
from crwatch.model.delta import Delta, DeltaType, Source
from crwatch.model.manifests import Identity, identity_of, read_manifest, resource_of
from crwatch.model.objects import KubeObject
from crwatch.model.resource import ResourceType
from crwatch.values.documents import Unreadable, read_documents
from crwatch.values.schema import NO_KEYS, ListKeys


class Side(msgspec.Struct, frozen=True):
    """One of the two things that are compared."""

    name: str
    """Of the file; `TYPE/NAME` of a live object."""
    objects: dict[Identity, KubeObject]
    states: int = 0
    """Of how many states these are the last ones."""
    unreadable: tuple[Unreadable, ...] = ()
    resources: dict[Identity, ResourceType] = {}
    """Kinds as a server told them; others are read off the objects."""


def read_side(name: str, data: bytes) -> Side:
    """Return the objects of a file's content.

    Raises:
        UsageError: it is not text, or holds no object at all.
    """
    manifest = read_manifest(_text(name, data))
    if not manifest.objects and not manifest.states and not manifest.unreadable:
        if _is_empty_list(data):
            return Side(name, {})
        raise UsageError(f"{name} holds no object", hint="manifests, lists or recorded streams, YAML or JSON")
    return Side(name, manifest.objects, manifest.states, manifest.unreadable)


def _is_empty_list(data: bytes) -> bool:
    return any(not isinstance(part, Unreadable) for part in read_documents(data.decode()))


def read_file(path: str) -> bytes:
    """Return a file's content.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder, not a file") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read", cause=str(error)) from None


def _text(name: str, data: bytes) -> str:
    at = data.find(b"\0")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = error.start if at < 0 else min(at, error.start)
    if at >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise UsageError(f"{name}:{line}: not text in UTF-8")
    return text


def live_side(name: str, target: KubeObject, resource: ResourceType) -> Side:
    """Return an object that a server sent as one side."""
    identity = identity_of(target)
    return Side(name, {identity: target}, 1, (), {identity: resource})


class SchemaKeys:
    """The list keys of the kinds whose CustomResourceDefinitions some files hold.

    Raises:
        UsageError: a file holds none, or cannot be read.
    """

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._crds: dict[tuple[str, str], KubeObject] = {}
        self._keys: dict[tuple[str, str, str], ListKeys] = {}
        for path in paths:
            side = read_side(path, read_file(path))
            raise_unreadable(side)
            found = [each for identity, each in side.objects.items() if identity.kind == "CustomResourceDefinition"]
            if not found:
                raise UsageError(f"{path} holds no CustomResourceDefinition")
            self._crds |= {(str(crd.at("spec.group")), str(crd.at("spec.names.kind"))): crd for crd in found}

    def __call__(self, resource: ResourceType) -> ListKeys:
        """Return what is declared for a kind in its version; nothing where no file knows it."""
        group, version, kind = resource.gvr.group, resource.gvr.version, resource.kind
        crd = self._crds.get((group, kind))
        if crd is None:
            return NO_KEYS
        place = (group, version, kind)
        if place not in self._keys:
            self._keys[place] = ListKeys.parse(crd.value(), version)
        return self._keys[place]

    def or_from(self, served: KeysOf) -> KeysOf:
        """Return the keys of these files, and for other kinds those that a server declares."""
        return lambda resource: self(resource) if self._knows(resource) else served(resource)

    def _knows(self, resource: ResourceType) -> bool:
        return (resource.gvr.group, resource.kind) in self._crds


def raise_unreadable(side: Side) -> None:
    """Raise what first could not be read.

    Raises:
        UsageError: with file and line.
    """
    for part in side.unreadable:
        raise UsageError(f"{side.name}:{part.line}: {part.why}")


class Pairs(msgspec.Struct, frozen=True):
    """Which object of one side is which of the other."""

    both: tuple[tuple[KubeObject, KubeObject, ResourceType], ...]
    only_old: tuple[tuple[KubeObject, ResourceType], ...]
    only_new: tuple[tuple[KubeObject, ResourceType], ...]
    doubtful: int = 0
    """Objects that one side alone has, while a part of the other could not be read: not told, for they may be there."""


def pair_sides(old: Side, new: Side) -> Pairs:
    """Pair objects by group, kind, namespace and name.

    Two objects that are alone on their sides are a pair whatever they are called. An object without a namespace, as
    manifests are written, is the only one of its kind and name on the other side that has one.
    """
    before, after = dict(old.objects), dict(new.objects)
    known = {**old.resources, **new.resources}
    if len(before) == len(after) == 1 and not (old.unreadable or new.unreadable):
        pairs = [(*before.items(), *after.items())]
        before.clear()
        after.clear()
    else:
        pairs = [((each, before.pop(each)), (each, after.pop(each))) for each in sorted(before.keys() & after.keys())]
        pairs += [
            ((one, before.pop(one)), (other, after.pop(other))) for one, other in _without_namespace(before, after)
        ]
    doubtful = (len(before) if new.unreadable else 0) + (len(after) if old.unreadable else 0)
    return Pairs(
        tuple((one, other, known.get(name) or resource_of(other)) for (_, one), (name, other) in pairs),
        () if new.unreadable else tuple((one, known.get(name) or resource_of(one)) for name, one in before.items()),
        () if old.unreadable else tuple((one, known.get(name) or resource_of(one)) for name, one in after.items()),
        doubtful,
    )


def _without_namespace(
    before: dict[Identity, KubeObject], after: dict[Identity, KubeObject]
) -> list[tuple[Identity, Identity]]:
    places: dict[tuple[str, str, str], tuple[list[Identity], list[Identity]]] = {}
    for side, objects in enumerate((before, after)):
        for each in objects:
            places.setdefault((each.group, each.kind, each.key.name), ([], []))[side].append(each)
    return [
        (old[0], new[0])
        for old, new in places.values()
        if len(old) == len(new) == 1 and not (old[0].key.namespace and new[0].key.namespace)
    ]


def diff_sides(pairs: Pairs, lens: Lens, *, cluster: str = "", at: datetime | None = None) -> Iterator[Change]:
    """Yield what differs between two sides: each object once, net; nothing happened, so nobody did it.

    Args:
        pairs: what belongs together.
        lens: how to look at it.
        cluster: the cluster's name, where one side is live.
        at: when they were compared, in UTC; None is now.
    """
    at = at or datetime.now(UTC)

    def explain(before: KubeObject | None, after: KubeObject | None, resource: ResourceType) -> Change:
        kind = DeltaType.DELETED if after is None else DeltaType.ADDED if before is None else DeltaType.MODIFIED
        shown = after or before
        delta = Delta(
            type=kind,
            cluster=cluster,
            resource=resource,
            before=before,
            after=after,
            source=Source.FILE,
            observed_at=at,
            resource_version=shown.meta.resource_version if shown else "",
            previous_resource_version=(before.meta.resource_version or None) if before and after else None,
            gap=True,
        )
        return lens.explain(delta)

    for one, resource in pairs.only_old:
        yield explain(one, None, resource)
    for one, other, resource in pairs.both:
        yield explain(one, other, resource)
    for one, resource in pairs.only_new:
        yield explain(None, one, resource)
