"""A kind whose lists no natural key fits, so that only its definition can pair them."""

from typing import Any

SHARDS = "shardsets.contract.example.com"

_SHARD: dict[str, Any] = {
    "type": "object",
    "required": ["shardID"],
    "properties": {"shardID": {"type": "integer"}, "type": {"type": "string"}, "weight": {"type": "integer"}},
}


def shard_definition(*, map_key: str | None = "shardID") -> dict[str, Any]:
    """Return the definition; without a key its lists declare nothing."""
    shards: dict[str, Any] = {"type": "array", "items": _SHARD}
    if map_key is not None:
        shards |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [map_key]}
    spec: dict[str, Any] = {
        "shards": shards,
        "zones": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "order": {"type": "array", "items": {"type": "string"}},
    }
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": SHARDS},
        "spec": {
            "group": "contract.example.com",
            "scope": "Namespaced",
            "names": {"kind": "ShardSet", "plural": "shardsets", "singular": "shardset"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def shard_set(*weights: tuple[int, int], zones: tuple[str, ...] = ("a", "b"), order: str = "ab") -> dict[str, Any]:
    """Return a ShardSet; all its shards have the same `type`, so that this natural key collides."""
    shards = [{"shardID": number, "type": "hot", "weight": weight} for number, weight in weights]
    return {
        "apiVersion": "contract.example.com/v1",
        "kind": "ShardSet",
        "metadata": {"name": "ring"},
        "spec": {"shards": shards, "zones": list(zones), "order": list(order)},
    }
