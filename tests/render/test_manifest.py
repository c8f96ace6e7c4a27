"""Whole objects against kubectl itself."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given

from crwatch.model.objects import KubeObject, decode_object
from crwatch.render.manifest import JsonManifests, NameManifests, ObjectWriter, YamlManifests
from crwatch.render.text import has_unsafe
from crwatch.render.writer import Output
from crwatch.values.scalars import Json, same
from tests.render.kubectl_oracle import Kubectl, Served, kubectl
from tests.samples import DATABASES, database_value
from tests.strategies import values

HOSTILE = {
    "text": "<b>&' \u2028 é日本 \x1b \b\f\t\n", "raw": "\x7f\u202e\u200b\x9b", "floats": [1.5, 1e21, 0.001, 100000.25],
    "big": 2**53 + 1, "empty": {}, "none": [], "null": None, "deep": [{"a": [[{"b": [1]}]]}], "": 1, "Z": 1, "a": 2,
}  # fmt: skip
PLAIN = {
    "yes": "yes", "y": "y", "number": "3", "float": "1.0", "octal": "010", "time": "2026-11-22T16:10:00Z",
    "tilde": "~", "on": "on", "dash": "- a", "colon": "a: b", "hash": "a #b", "star": "*a", "quote": "it's", "at": "@a",
    "null": "null",
    "text": "a\nb\n", "short": "a\nb", "empty": "", "users": [{"name": "app", "roles": ["r", "w"]}], "none": [],
    "map": {}, "wide": "日本", "space": " a", "trail": "a ", "inf": ".inf", "sexagesimal": "1:30",
}  # fmt: skip


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """Yield kubectl before a scripted server."""
    with kubectl(Path(tmp_path_factory.mktemp("kubectl"))) as found:
        yield found


def served(name: str, spec: dict[str, Any]) -> KubeObject:
    """Return an object with managed fields; the server has it too."""
    value = database_value(name, 1, **spec)
    value["metadata"]["managedFields"] = [{"manager": "kubectl-edit"}]
    Served.objects.setdefault("databaseclusters", []).append(value)
    return decode_object(json.dumps(value, ensure_ascii=False).encode())


@pytest.fixture(autouse=True)
def _an_empty_server() -> None:
    Served.objects.clear()


def written(kind: type[JsonManifests] | type[YamlManifests], objects: list[KubeObject], **options: bool) -> str:
    """Return what a pipe receives, the objects one by one."""
    stream = io.BytesIO()
    writer: ObjectWriter = kind(Output(stream, is_terminal=options.pop("is_terminal", False)), **options)
    for each in objects:
        writer.write([each], DATABASES)
    writer.close()
    return stream.getvalue().decode()


def test_json_is_kubectls(oracle: Kubectl) -> None:
    """A list, an empty list, one object alone, with managed fields and without."""
    assert written(JsonManifests, []) == oracle.get("databaseclusters", "-o", "json")[0]
    objects = [served("a", HOSTILE), served("b", PLAIN)]

    assert written(JsonManifests, objects) == oracle.get("databaseclusters", "-o", "json")[0]
    assert written(JsonManifests, objects[:1], alone=True) == oracle.get("databaseclusters", "a", "-o", "json")[0]
    shown = oracle.get("databaseclusters", "-o", "json", "--show-managed-fields")[0]
    assert written(JsonManifests, objects, keep_managed_fields=True) == shown


def test_yaml_is_kubectls_where_lines_are_short(oracle: Kubectl) -> None:
    """Its order, its quotes, its indentation."""
    assert written(YamlManifests, []) == oracle.get("databaseclusters", "-o", "yaml")[0]
    objects = [served("a", PLAIN), served("b", {"replicas": 3})]

    assert written(YamlManifests, objects) == oracle.get("databaseclusters", "-o", "yaml")[0]
    assert written(YamlManifests, objects[1:], alone=True) == oracle.get("databaseclusters", "b", "-o", "yaml")[0]


def test_names_are_kubectls(oracle: Kubectl) -> None:
    """One a line."""
    objects = [served("a", {}), served("b", {})]
    stream = io.BytesIO()
    NameManifests(Output(stream, is_terminal=False)).write(objects, DATABASES)

    assert stream.getvalue().decode() == oracle.get("databaseclusters", "-o", "name")[0]


@given(values)
def test_yaml_on_a_terminal_is_harmless_and_the_same_value(value: Json) -> None:
    """What is escaped for the terminal reads back as what it was."""
    shown = KubeObject(decode_object(b"{}").meta, msgspec.json.encode({"spec": value}))
    text = written(YamlManifests, [shown], alone=True, is_terminal=True)

    assert not has_unsafe(text)
    assert same(_joined(yaml.safe_load(text)), shown.value())


def _joined(value: Json) -> Json:
    """YAML knows no surrogate pairs, JSON's way to escape what is beyond U+FFFF."""
    if isinstance(value, dict):
        return {str(_joined(key)): _joined(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_joined, value))
    return value.encode("utf-16", "surrogatepass").decode("utf-16") if isinstance(value, str) else value
