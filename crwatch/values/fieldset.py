"""`metadata.managedFields`: who owns which fields, in the API's own notation (`FieldsV1`, structured-merge-diff)."""

from typing import Any, Final

import msgspec

from crwatch.values.path import FieldPath, Keyed, Member, Part
from crwatch.values.scalars import same

_decode_value = msgspec.json.Decoder().decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode

_ITSELF: Final = "."


class FieldSet(msgspec.Struct, frozen=True):
    """A set of paths, as the tree that FieldsV1 writes: `f:` field, `k:` keyed item, `v:` member, `i:` index."""

    tree: dict[str, Any]
    """Read-only. An empty node is in the set, with nothing below it; `.` says that a node with others below is too."""

    @classmethod
    def decode(cls, fields_v1: bytes | msgspec.Raw) -> "FieldSet":
        """Return the set that FieldsV1 writes; anything but an object is the empty set.

        Raises:
            msgspec.DecodeError: no JSON.
        """
        tree = _decode_value(fields_v1)
        return cls(tree if isinstance(tree, dict) else {})

    def encode(self) -> bytes:
        """Return the set as FieldsV1."""
        return msgspec.json.encode(self.tree)

    def has(self, path: FieldPath) -> bool:
        """Tell whether `path`, or something below it, is in the set."""
        node = self.tree
        for part in path.parts:
            child = _child(node, part)
            if child is None:
                return False
            node = child
        return True

    def owns(self, path: FieldPath) -> bool:
        """Tell whether the set speaks for `path`: it has the path itself, or one above with nothing below.

        The latter is how atomic lists and maps are owned, and lists of which the schema says nothing: as one field
        (ecosystem.md 9.4).
        """
        node: dict[str, Any] = self.tree
        for index, part in enumerate(path.parts):
            child = _child(node, part)
            if child is None:
                return bool(index) and not node
            node = child
        return _is_member(node)

    def exceeds(self, other: "FieldSet") -> bool:
        """Tell whether there is a path in this set that is not in `other`."""
        return bool(self.tree) and _exceeds(self.tree, other.tree)


def _child(node: dict[str, Any], part: Part) -> dict[str, Any] | None:
    match part:
        case str():
            return node.get(f"f:{part}")
        case Keyed(keys=keys):
            return _item(node, "k:", dict(keys))
        case Member(value=value):
            return _item(node, "v:", value)
        case _:
            return node.get(f"i:{part}")


def _item(node: dict[str, Any], prefix: str, value: object) -> dict[str, Any] | None:
    known: dict[str, Any] | None = node.get(prefix + _encode_sorted(value).decode())
    if known is not None:
        return known
    for name, child in node.items():  # Go escapes `<`, `>` and `&` where msgspec does not
        if name.startswith(prefix) and same(_decode_name(name), value):
            return child  # type: ignore[no-any-return]  # a tree of objects, by the format
    return None


def _decode_name(name: str) -> object:
    try:
        return _decode_value(name[2:].encode())
    except msgspec.DecodeError:
        return None


def decode_part(name: str) -> Part | None:
    """Return the part of a path that a name of FieldsV1 writes; None for `.` and for what it does not know."""
    prefix, rest = name[:2], name[2:]
    if prefix == "f:":
        return rest
    value = _decode_name(name)
    match prefix, value:
        case "k:", dict():
            return Keyed(tuple(value.items()))
        case "v:", str() | int() | float() | None:
            return Member(value)
        case "i:", int():
            return value
        case _:
            return None


def encode_part(part: Part) -> str:
    """Return the name of FieldsV1 for a part of a path."""
    match part:
        case str():
            return f"f:{part}"
        case Keyed(keys=keys):
            return f"k:{_encode_sorted(dict(keys)).decode()}"
        case Member(value=value):
            return f"v:{_encode_sorted(value).decode()}"
        case _:
            return f"i:{part}"


def _exceeds(tree: dict[str, Any], other: dict[str, Any]) -> bool:
    if _is_member(tree) and not _is_member(other):
        return True
    below = ((name, node) for name, node in tree.items() if name != _ITSELF)
    return any(name not in other or _exceeds(node, other[name]) for name, node in below)


def _is_member(node: dict[str, Any]) -> bool:
    return not node or _ITSELF in node


class ManagedEntry(msgspec.Struct, frozen=True, rename="camel"):
    """What one manager owns by one operation."""

    manager: str = ""
    operation: str = ""
    api_version: str = ""
    subresource: str = ""
    time: str = ""
    """When the entry last gained or applied fields, RFC 3339 with seconds; empty where it does not say."""
    fields_v1: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"{}"), name="fieldsV1")

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it the same entry in another version of the object (apimachinery `BuildManagerIdentifier`)."""
        version = "" if self.operation == "Apply" else self.api_version
        return self.manager, self.operation, self.subresource, version

    def fields(self) -> FieldSet:
        """Return what it owns, decoded anew each time.

        Raises:
            msgspec.DecodeError: no JSON.
        """
        return FieldSet.decode(self.fields_v1)


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    managed_fields: tuple[ManagedEntry, ...] | None = None


class _Body(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()


_decode_body = msgspec.json.Decoder(_Body).decode


def managed_entries(raw: bytes) -> tuple[ManagedEntry, ...]:
    """Return the entries of an object's `managedFields`, their fields left as bytes: 32 µs against 168 for 20 KB.

    What is no object, or has entries of another shape, has none: attribution is then unknown, and nothing fails.
    """
    try:
        return _decode_body(raw).metadata.managed_fields or ()
    except msgspec.DecodeError:
        return ()
