"""Text to documents: kubectl is the judge of YAML."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crwatch.values.documents import Document, Unreadable, read_documents
from tests.apiserver.kubectl import kubectl_binary

PLAIN = [
    "yes",
    "on",
    "off",
    "y",
    "n",
    "No",
    "TRUE",
    "~",
    "null",
    "Null",
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "1:30",
    "0777",
    "0o777",
    "0xFF",
    "-0x10",
    "0b11",
    "1_000",
    "_1",
    "1_",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "1.0",
    "-0.0",
    "1e3",
    "1E5",
    ".5",
    "+.5",
    "1.",
    "1e20",
    "1.5e300",
    "1e400",
    "08",
    "0o8",
    "0x_ff",
    "=",
    "<<",
    ".",
    "1e",
    "0b",
    "0.10",
    "1_0.5",
    '"yes"',
    "'1'",
    "abc",
]
TAGGED = ["!!str yes", '!!int "3"', "!!float 3", "!!binary aGVsbG8=", "!own 1", "! 12", "!!timestamp 2026-01-01"]
KEYS = ["1", "1.50", "0x10", "true", "2026-01-01", "-5", "1e3"]


def read(text: str) -> list[Any]:
    """Return the values, and what cannot be read as (line, why)."""
    return [
        json.loads(item.raw) if isinstance(item, Document) else (item.line, item.why) for item in read_documents(text)
    ]


def kubectl_reads(text: str, folder: Path) -> Any:
    """Return what kubectl makes of a manifest, without a server."""
    file = folder / "manifest.yaml"
    file.write_text(text)
    words = [kubectl_binary(), "label", "--local", "-f", str(file), "a=b", "-o", "json"]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)["data"]


def test_scalars_are_what_kubectl_takes_them_for(tmp_path: Path) -> None:
    """Words of YAML 1.1 are booleans, times stay text, whole floats are integers, keys are text."""
    lines = [f"  v{at}: {text}\n" for at, text in enumerate(PLAIN + TAGGED)] + [f"  {key}: k\n" for key in KEYS]
    merged = "  base: &a {q: 1, r: 2}\n  copy:\n    <<: *a\n    r: 3\n  again: *a\n"
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n" + "".join(lines) + merged

    (value,) = read(text)
    assert repr(sorted(value["data"].items())) == repr(sorted(kubectl_reads(text, tmp_path).items()))


def test_integers_of_any_size_are_exact() -> None:
    """Where kubectl rounds."""
    assert read("a: 123456789012345678901234567890") == [{"a": 123456789012345678901234567890}]
    assert [item.raw for item in read_documents('{"a":1.0,"b":1e2}') if isinstance(item, Document)] == [
        b'{"a":1.0,"b":1e2}'
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", 4, "twice"),
        ("yes: 1\non: 2", 2, '"true" is there twice'),
        ('{"a": 1, "a": 2}', 1, "twice"),
        ("a: 1\nb: ]", 2, "no YAML"),
        ("a: .nan", 1, "no number"),
        ("a: -.inf", 1, "no number"),
        ('{"a": NaN}', 1, "NaN"),
        ("a: *b", 1, "no anchor"),
        ("a: &a [*a]", 1, "holds itself"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 10)}]\n"
         for x, y in zip("abcdef", "bcdefg", strict=True)), 6, "million"),
        ("? [1]\n: 2", 1, "a key is"),
        ("a: !!int x", 1, "no !!int"),
        ("[" * 100_000, 1, "too deep"),
        ("a: " + "[" * 5_000, 1, "too deep"),
        ("a: \x9b1m", 1, "no YAML"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, why: str) -> None:
    """In one sentence."""
    (told,) = read_documents(text)

    assert isinstance(told, Unreadable)
    assert (told.line, why in told.why) == (line, True)


def test_a_document_that_cannot_be_read_loses_nothing_else() -> None:
    """In YAML between `---`, in JSON between lines."""
    assert read("a: 1\n---\nb: [\n--- # note\nc: 1\n---\n---\n{d: 1}\n") == [
        {"a": 1},
        (4, "no YAML: did not find expected node content"),
        {"c": 1},
        {"d": 1},
    ]
    assert read('{"a":1}\n{"b":x}\n{"c":1}{"d":1}\n[1,\n 2]') == [
        {"a": 1},
        (2, "no JSON: Expecting value"),
        {"c": 1},
        {"d": 1},
        [1, 2],
    ]


def test_nothing_is_no_document() -> None:
    """Comments, marks, white space; a byte order mark is no content."""
    assert [*map(read, ("", "# only this\n", "---\n---\n", " \n", "\ufeff"))] == [[]] * 5
    assert read("\ufeffa: 1") == read('\ufeff{"a": 1}') == [{"a": 1}]
