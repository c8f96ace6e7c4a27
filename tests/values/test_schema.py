"""What a CRD declares about its lists."""

from pathlib import Path

import msgspec
import pytest
import yaml

from crwatch.values.path import parse_path
from crwatch.values.scalars import Json
from crwatch.values.schema import NO_KEYS, SET, ListKeys, ListKind, column_paths

SCALARS: Json = {"type": "array", "items": {"type": "string"}}
CRD: Json = {
    "kind": "CustomResourceDefinition",
    "spec": {
        "versions": [
            {"name": "v1alpha1", "storage": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {
                "name": "v1",
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "x-kubernetes-preserve-unknown-fields": True,
                                "properties": {
                                    "replicas": {"x-kubernetes-int-or-string": True},
                                    "args": SCALARS,
                                    "tags": {"type": "array", "x-kubernetes-list-type": "atomic"},
                                    "ports": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["port", "protocol"],
                                        "items": {
                                            "properties": {"hosts": {"type": "array", "x-kubernetes-list-type": "set"}}
                                        },
                                    },
                                    "pools": {
                                        "type": "object",
                                        "additionalProperties": {
                                            "properties": {
                                                "zones": {"type": "array", "x-kubernetes-list-type": "set"},
                                            }
                                        },
                                    },
                                    "template": {"type": "object", "x-kubernetes-embedded-resource": True},
                                },
                            }
                        },
                    }
                },
            },
        ]
    },
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.ports", ("port", "protocol")),
        ("spec.ports[port=1,protocol=TCP].hosts", SET),
        ("spec.ports[3].hosts", SET),
        ("spec.pools.large.zones", SET),
        ("spec.args", None),
        ("spec.tags", None),
        ("spec.replicas", None),
        ("spec.unknown.deep[0]", None),
        ("metadata.finalizers", SET),
        ("metadata.ownerReferences", ("uid",)),
        ("spec.template.metadata.finalizers", SET),
        ("spec.template.spec.finalizers", None),
    ],
)
def test_the_declared_lists_are_found_by_path(path: str, expected: tuple[str, ...] | ListKind | None) -> None:
    """Through keyed items, maps and embedded objects; atomic lists declare nothing that would pair items."""
    assert ListKeys.parse(CRD).for_list(parse_path(path)) == expected


def test_each_version_has_its_own() -> None:
    """Without a name the stored one is meant."""
    assert ListKeys.parse(CRD, "v1") == ListKeys.parse(CRD)
    assert ListKeys.parse(CRD, "v1alpha1").for_list(parse_path("spec.ports")) is None


@pytest.mark.parametrize(
    "crd", [None, [], {}, {"spec": {"versions": [{"name": "v1"}, 3]}}, {"spec": {"versions": "x"}}]
)
def test_what_is_no_definition_declares_nothing(crd: Json) -> None:
    """Natural keys are what is left."""
    assert ListKeys.parse(crd, "v2") == NO_KEYS


def test_the_keys_survive_being_kept_on_disk() -> None:
    """As JSON."""
    keys = ListKeys.parse(CRD)
    assert msgspec.json.decode(msgspec.json.encode(keys), type=ListKeys) == keys


PUBLISHED = Path(__file__).parents[3] / "shared" / "crds"
EXPECTED = {
    "cert-manager-certificate": ("status.conditions", ("type",)),
    "cluster-api-machine": ("status.conditions", ("type",)),
    "gateway-api-httproute": ("spec.rules[0].backendRefs", None),
    "prometheus-operator-prometheus": ("status.shardStatuses", ("shardID",)),
    "argo-cd-application": ("status.conditions", None),
}


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published CRDs are not here")
@pytest.mark.parametrize("file", sorted(PUBLISHED.glob("*.yaml")), ids=lambda file: file.stem)
def test_published_definitions_shrink_to_kilobytes(file: Path) -> None:
    """The largest of them is 1.4 MB."""
    crd = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
    keys = ListKeys.parse(crd)
    kept = msgspec.json.encode(keys)
    assert len(kept) < 20_000
    assert keys.for_list(parse_path("metadata.finalizers")) is SET
    if file.stem in EXPECTED:
        path, declared = EXPECTED[file.stem]
        assert keys.for_list(parse_path(path)) == declared


def test_the_fields_behind_printer_columns_are_known_in_order() -> None:
    """Plain paths alone, and not the age."""
    columns = [".status.phase", ".spec.replicas", '.status.conditions[?(@.type=="Ready")].status', "x",
               ".metadata.creationTimestamp"]  # fmt: skip
    version: Json = {"name": "v1", "storage": True, "additionalPrinterColumns": [{"jsonPath": one} for one in columns]}

    assert list(map(str, column_paths({"spec": {"versions": [version]}}))) == ["status.phase", "spec.replicas"]
    assert column_paths({}) == ()
