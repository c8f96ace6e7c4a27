"""What a kind's schema says about its lists: which are keyed by which fields, which are sets."""

import re
from enum import Enum
from typing import Final

import msgspec

from crwatch.values.path import FieldPath
from crwatch.values.scalars import Json


class ListKind(Enum):
    """How a list that is not keyed is declared, as far as comparing cares."""

    SET = "set"
    """Its items are unique scalars, and their order means nothing."""


SET: Final = ListKind.SET
_PLAIN_PATH: Final = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_-]*)+")


class ListKeys(msgspec.Struct, frozen=True, omit_defaults=True):
    """The declared lists of a schema, as a tree that holds nothing else: kilobytes of a CRD's megabyte.

    Each node stands for a place; a place without a node has nothing declared, at it and below. msgspec encodes and
    decodes it, so it can be kept on disk.
    """

    declared: tuple[str, ...] | ListKind | None = None
    """The key fields of the list at this place, SET, or None where the list is atomic, undeclared, or no list."""
    fields: dict[str, "ListKeys"] = {}
    values: "ListKeys | None" = None
    """The values of a map (`additionalProperties`)."""
    items: "ListKeys | None" = None

    @classmethod
    def parse(cls, crd: Json, version: str | None = None) -> "ListKeys":
        """Return what a CustomResourceDefinition declares for one of its versions.

        Anything that is no such thing declares nothing: list items are then paired by natural keys.

        Args:
            crd: the definition as the API serves it, or as its manifest writes it.
            version: which of its versions; None is the one that is stored.
        """
        schema = _map(_version(crd, version).get("schema")).get("openAPIV3Schema")
        return _with_metadata(_parse(_map(schema)) or NO_KEYS) if schema else NO_KEYS

    def field(self, name: str) -> "ListKeys":
        """Return the node of a field, or of a map's value, called `name`."""
        return self.fields.get(name) or self.values or NO_KEYS

    @property
    def item(self) -> "ListKeys":
        """The node that all items of the list at this place share."""
        return self.items or NO_KEYS

    def for_list(self, path: FieldPath) -> tuple[str, ...] | ListKind | None:
        """Return the declared key fields of the list at `path`, SET, or None where nothing useful is declared."""
        node = self
        for part in path.parts:
            node = node.field(part) if isinstance(part, str) else node.item
        return node.declared


NO_KEYS: Final = ListKeys()
"""Nothing is declared anywhere."""

_METADATA: Final = ListKeys(
    fields={"finalizers": ListKeys(SET), "ownerReferences": ListKeys(("uid",))},
)
"""ObjectMeta's own declarations (apimachinery `meta/v1/types.go`): no CRD's schema repeats them."""


def column_paths(crd: Json, version: str | None = None) -> tuple[FieldPath, ...]:
    """Return the fields behind a definition's printer columns, in their order: what its author holds to matter most.

    Columns that are no plain path (a filter, an index) are left out, and so is the age, which every table has.

    Args:
        crd: the definition.
        version: which of its versions; None is the one that is stored.
    """
    columns = _list(_version(crd, version).get("additionalPrinterColumns"))
    texts = (_map(column).get("jsonPath") for column in columns)
    words = (text.split(".")[1:] for text in texts if isinstance(text, str) and _PLAIN_PATH.fullmatch(text))
    return tuple(FieldPath(tuple(parts)) for parts in words if parts != ["metadata", "creationTimestamp"])


def _version(crd: Json, version: str | None) -> dict[str, Json]:
    for candidate in _list(_map(_map(crd).get("spec")).get("versions")):
        served = _map(candidate)
        if served.get("name") == version or (version is None and served.get("storage") is True):
            return served
    return {}


def _parse(schema: dict[str, Json]) -> ListKeys | None:
    """Return the node of one place of the schema, or None where nothing is declared at it or below.

    Fields below `x-kubernetes-preserve-unknown-fields` that the schema names all the same are read like others.
    """
    if not schema:
        return None
    named = ((name, _parse(_map(below))) for name, below in _map(schema.get("properties")).items())
    node = ListKeys(
        _declared(schema),
        {name: below for name, below in named if below},
        _parse(_map(schema.get("additionalProperties"))),
        _parse(_map(schema.get("items"))),
    )
    if schema.get("x-kubernetes-embedded-resource") is True:
        return _with_metadata(node)
    return node if node != NO_KEYS else None


def _declared(schema: dict[str, Json]) -> tuple[str, ...] | ListKind | None:
    match schema.get("x-kubernetes-list-type"):
        case "set":
            return SET
        case "map":
            keys = _list(schema.get("x-kubernetes-list-map-keys"))
            return tuple(key for key in keys if isinstance(key, str)) or None
        case _:
            return None


def _with_metadata(node: ListKeys) -> ListKeys:
    return msgspec.structs.replace(node, fields={"metadata": _METADATA, **node.fields})


def _map(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
