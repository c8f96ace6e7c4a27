"""The fields of a whole object, for an object that came or went: its author's first, its state last."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from crwatch.diff.pairing import pair_items
from crwatch.model.objects import KubeObject
from crwatch.render.text import show
from crwatch.values.path import FieldPath, Part, find
from crwatch.values.scalars import MISSING, Json

_SMALL: Final = 60
"""Columns up to which an item of a list, or a list of scalars, is one value."""
_METADATA_OF_AUTHORS: Final = ("labels", "annotations", "finalizers", "ownerReferences")
"""The rest of metadata is the server's, or in the heading."""
_NOT_SHOWN: Final = frozenset({"apiVersion", "kind", "metadata", "status"})
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

_encode = msgspec.json.encode


def leaves(shown: KubeObject, first: Sequence[FieldPath] = ()) -> list[tuple[FieldPath, Json]]:
    """Return the fields of `shown` with their values: `first`, then spec and the like, metadata, status.

    Args:
        shown: the object.
        first: paths to begin with, those behind the printer columns; what the object lacks is left out.
    """
    value = shown.value()
    beginning = [(path, found) for path in first if (found := find(value, path)) is not MISSING]
    done = set(first)
    return beginning + [leaf for leaf in _all_leaves(value) if leaf[0] not in done]


def _all_leaves(value: dict[str, Json]) -> Iterator[tuple[FieldPath, Json]]:
    for section in sorted(value.keys() - _NOT_SHOWN, key=lambda name: (name != "spec", list(value).index(name))):
        yield from _leaves((section,), value[section])
    metadata = value.get("metadata")
    for field in _METADATA_OF_AUTHORS:
        if isinstance(metadata, dict) and field in metadata:
            yield from _leaves(("metadata", field), metadata[field])
    if "status" in value:
        yield from _leaves(("status",), value["status"])


def _leaves(parts: tuple[Part, ...], value: Json) -> Iterator[tuple[FieldPath, Json]]:
    if isinstance(value, dict) and value and not _is_small_item(parts, value):
        for key, item in value.items():
            if key != _LAST_APPLIED:
                yield from _leaves((*parts, key), item)
    elif isinstance(value, list) and not _is_plain(value):
        for part, item in zip(_item_parts(value), value, strict=True):
            yield from _leaves((*parts, part), item)
    else:
        yield FieldPath(parts), value


def _is_small_item(parts: tuple[Part, ...], value: Json) -> bool:
    return not isinstance(parts[-1], str) and len(show(value)) <= _SMALL


def _is_plain(items: list[Json]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def _item_parts(items: list[Json]) -> Sequence[Part]:
    """Name the items as a comparison would: by their natural key, else by index."""
    raw = msgspec.Raw(_encode(items))
    pairing = pair_items(raw, raw, None)
    return [pairing.new_part(index) for index in range(len(items))]
