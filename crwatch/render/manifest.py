"""Whole objects: `-o json` and `-o name` as kubectl prints them, `-o yaml` in its order and style.

Lists go out object by object as they come; memory does not grow with their length.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import yaml

from crwatch.model.objects import KubeObject
from crwatch.model.resource import ResourceType
from crwatch.render.table import name_with_kind
from crwatch.render.text import has_unsafe, one_word
from crwatch.render.writer import Output


class ObjectWriter(Protocol):
    """Whole objects in one form of output."""

    def write(self, objects: Sequence[KubeObject], resource: ResourceType) -> None:
        """Write some objects."""

    def close(self) -> None:
        """Write what can only be written at the end."""


def _exact(number: str) -> msgspec.Raw:
    """Keep a number that is no integer as the server wrote it."""
    return msgspec.Raw(number.encode())


_decode_exact: Final = msgspec.json.Decoder(dict[str, Any], float_hook=_exact).decode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode
_GO_ESCAPES: Final = ((b"&", rb"\u0026"), (b"<", rb"\u003c"), (b">", rb"\u003e"))
_GO_LINE_ENDS: Final = (("\u2028".encode(), rb"\u2028"), ("\u2029".encode(), rb"\u2029"))
_LIST_TAIL: Final = b'"kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n'


def _without_managed_fields(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    return value


class JsonManifests:
    """Writes JSON as kubectl: keys sorted, four spaces, Go's escapes; a `List` unless there is one object alone.

    Args:
        output: standard output.
        alone: each object by itself: one was named, or a watch prints them as they come.
        keep_managed_fields: `--show-managed-fields`.
    """

    def __init__(self, output: Output, *, alone: bool = False, keep_managed_fields: bool = False) -> None:
        self._output = output
        self._alone = alone
        self._keep_managed_fields = keep_managed_fields
        self._wrote = False

    def write(self, objects: Sequence[KubeObject], resource: ResourceType) -> None:  # noqa: ARG002 - part of the protocol
        """Write some objects."""
        pretty = map(self._pretty, objects)
        if self._alone:
            self._output.write(b"".join(text + b"\n" for text in pretty))
            return
        pieces = []
        for text in pretty:
            # line ends stand between tokens only: inside strings they are escaped
            opening = b",\n        " if self._wrote else b'{\n    "apiVersion": "v1",\n    "items": [\n        '
            pieces.append(opening + text.replace(b"\n", b"\n        "))
            self._wrote = True
        self._output.write(b"".join(pieces))

    def close(self) -> None:
        """Close the list."""
        if not self._alone:
            opening = b"\n    ],\n    " if self._wrote else b'{\n    "apiVersion": "v1",\n    "items": [],\n    '
            self._output.write(opening + _LIST_TAIL)

    def _pretty(self, shown: KubeObject) -> bytes:
        value = _decode_exact(shown.raw)
        compact = _encode_sorted(value if self._keep_managed_fields else _without_managed_fields(value))
        text: bytes = msgspec.json.format(compact, indent=4)
        for raw, escaped in _GO_ESCAPES:
            text = text.replace(raw, escaped)
        if b"\xe2\x80" in text:
            for raw, escaped in _GO_LINE_ENDS:
                text = text.replace(raw, escaped)
        return text


class _Dumper(yaml.CSafeDumper):
    """Quotes as kubectl does, and doubly whatever could drive a terminal, so that it can be escaped there."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Kubernetes' YAML has no anchors."""
        return True


def _represent_string(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if has_unsafe(text) or "\x85" in text or "\t" in text:
        style = '"'
    elif "\n" in text:
        style = "|"
    elif _reads_otherwise(text):
        style = '"'
    return dumper.represent_scalar(_STRING_TAG, text, style=style)


def _reads_otherwise(text: str) -> bool:
    """Whether a reader of YAML 1.1 could take the bare text for something else than a string."""
    resolvers = _Dumper.yaml_implicit_resolvers.get(text[:1], [])
    return text in _READ_AS_BOOLEAN or any(pattern.match(text) for _, pattern in resolvers)


_STRING_TAG: Final = "tag:yaml.org,2002:str"
_READ_AS_BOOLEAN: Final = frozenset({"y", "Y", "n", "N"})
_Dumper.add_representer(str, _represent_string)


def dump_yaml(value: object, *, sort_keys: bool = True) -> bytes:
    """Return a JSON value as YAML in kubectl's style."""
    dumped: bytes = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        encoding="utf-8",
        width=2**30,
        sort_keys=sort_keys,
    )
    return dumped


class YamlManifests:
    """Writes YAML: keys sorted, lists not indented, long lines not folded (kubectl folds at 80).

    Args:
        output: standard output.
        alone: each object by itself: one was named, or a watch prints them as they come.
        keep_managed_fields: `--show-managed-fields`.
    """

    def __init__(self, output: Output, *, alone: bool = False, keep_managed_fields: bool = False) -> None:
        self._output = output
        self._alone = alone
        self._keep_managed_fields = keep_managed_fields
        self._wrote = False

    def write(self, objects: Sequence[KubeObject], resource: ResourceType) -> None:  # noqa: ARG002 - part of the protocol
        """Write some objects."""
        pieces = []
        for shown in objects:
            value = _decode(shown.raw)
            value = value if self._keep_managed_fields else _without_managed_fields(value)
            if self._alone:
                pieces.append((b"---\n" if self._wrote else b"") + dump_yaml(value))
            else:
                pieces.append((b"" if self._wrote else b"apiVersion: v1\nitems:\n") + dump_yaml([value]))
            self._wrote = True
        self._output.write(b"".join(pieces))

    def close(self) -> None:
        """Close the list."""
        if not self._alone:
            opening = "" if self._wrote else "apiVersion: v1\nitems: []\n"
            self._output.write(f'{opening}kind: List\nmetadata:\n  resourceVersion: ""\n')


class NameManifests:
    """Writes one `databasecluster.stable.example.com/orders` a line.

    Args:
        output: standard output.
    """

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, objects: Sequence[KubeObject], resource: ResourceType) -> None:
        """Write the names of some objects."""
        self._output.write("".join(f"{name_with_kind(resource, one_word(shown.meta.name))}\n" for shown in objects))

    def close(self) -> None:
        """Nothing is held back."""
