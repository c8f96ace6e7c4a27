"""Objects in text: manifests, kubectl's lists, and recorded streams, of which the last state of each object counts."""

from collections.abc import Iterator
from typing import Final

import msgspec

from crwatch.model.objects import KubeObject, ObjectKey, with_type
from crwatch.model.resource import GroupVersionResource, ResourceType
from crwatch.values.documents import Unreadable, read_documents


class Identity(msgspec.Struct, frozen=True, order=True):
    """Which object, whatever the version that it is written in."""

    group: str
    kind: str
    key: ObjectKey


class Manifest(msgspec.Struct, frozen=True):
    """What a text holds."""

    objects: dict[Identity, KubeObject]
    states: int
    """How many objects were read; more than there are where a stream tells of one several times."""
    unreadable: tuple[Unreadable, ...]


_NULL: Final = msgspec.Raw(b"null")


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    """What tells a manifest from a list and from an event of a stream."""

    api_version: str = ""
    kind: str = ""
    type: str = ""
    object: msgspec.Raw = _NULL
    items: msgspec.Raw = _NULL


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw] | None).decode
_GONE: Final = "DELETED"
_STATES: Final = frozenset({"ADDED", "MODIFIED", _GONE})


def read_manifest(text: str) -> Manifest:
    """Return the objects of a text, YAML or JSON, one or many documents; an object that a stream deletes is not there.

    What is no object is told with its line, and loses nothing else.
    """
    objects: dict[Identity, KubeObject] = {}
    unreadable: list[Unreadable] = []
    states = 0
    for document in read_documents(text):
        if isinstance(document, Unreadable):
            unreadable.append(document)
            continue
        try:
            for identity, state in _states(document.raw):
                objects.pop(identity, None)
                states += 1
                if isinstance(state, KubeObject):
                    objects[identity] = state
        except msgspec.DecodeError as error:
            unreadable.append(Unreadable(document.line, f"no Kubernetes object: {error}"))
    return Manifest(objects, states, tuple(unreadable))


def resource_of(target: KubeObject) -> ResourceType:
    """Return the kind of an object that no server has told about: its plural is guessed as kubectl guesses it."""
    head = _decode_head(target.raw)
    group, _, version = head.api_version.rpartition("/")
    singular = head.kind.lower()
    gvr = GroupVersionResource(group, version, _plural(singular))
    return ResourceType(gvr, head.kind, bool(target.meta.namespace), singular)


def identity_of(target: KubeObject) -> Identity:
    """Return what an object is paired by."""
    head = _decode_head(target.raw)
    return Identity(head.api_version.rpartition("/")[0], head.kind, target.key)


def _states(raw: bytes, api_version: str = "", kind: str = "") -> Iterator[tuple[Identity, KubeObject | None]]:
    """Yield the states that one document tells, None for an object that is gone."""
    head = _decode_head(raw)
    if head.type and not head.kind and not kind:  # an item of a list without its kind may have a type: a Secret has
        if head.type in _STATES:
            yield from _event(head)
        elif head.type == "ERROR" and head.object != _NULL:
            raise msgspec.DecodeError("the server's event ERROR, which ends a watch")
    elif head.kind.endswith("List") and b'"items"' in raw:
        for item in _decode_items(head.items) or ():
            yield from _states(bytes(item), head.api_version, head.kind.removesuffix("List"))
    else:
        state = with_type(raw, api_version, kind)
        yield _checked(state), state


def _event(head: _Head) -> Iterator[tuple[Identity, KubeObject | None]]:
    if head.object == _NULL:
        raise msgspec.DecodeError("an event without its object (--object none) cannot be compared")
    for identity, state in _states(bytes(head.object)):
        yield identity, None if head.type == _GONE else state


def _checked(state: KubeObject) -> Identity:
    """Return the identity, if there is one: kubectl would refuse the rest, too."""
    identity = identity_of(state)
    head = _decode_head(state.raw)
    for value, field in ((head.kind, "kind"), (head.api_version, "apiVersion"), (identity.key.name, "metadata.name")):
        if not value:
            raise msgspec.DecodeError(f"it has no {field}")
    return identity


_WITH_ES: Final = ("s", "x", "ch", "sh")


def _plural(singular: str) -> str:
    """Apimachinery's `meta.UnsafeGuessKindToResource`."""
    if singular.endswith(_WITH_ES):
        return f"{singular}es"
    return f"{singular[:-1]}ies" if singular.endswith("y") else f"{singular}s"
