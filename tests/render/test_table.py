"""Tables against kubectl itself, byte for byte."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crwatch.model.resource import GroupVersionResource, ResourceType
from crwatch.model.table import Table, decode_table
from crwatch.render.table import TableWriter, go_sprint, nothing_found
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import Output
from tests.render.kubectl_oracle import GROUP, Kubectl, Served, kubectl
from tests.samples import DATABASES

SITES = ResourceType(GroupVersionResource(GROUP, "v1", "sites"), "Site", namespaced=False)
COLUMNS = [
    {"name": "Name", "type": "string", "format": "name", "priority": 0},
    {"name": "Phase", "type": "string", "format": "", "priority": 0},
    {"name": "Image", "type": "string", "format": "", "priority": 1},
    {"name": "Age", "type": "date", "format": "", "priority": 0},
]
CELLS: list[Any] = [
    None, "", "x", "Ready", "a long value with spaces", "日本語-é", "a\x1bb", "first\nsecond line", "a\rb",
    True, False, 0, 5, -3, 100_000_000, 2**53 + 1, 12_345_678_901_234_567_890, 1.5, 1e5, 1e6, 123456.5, 1234567.25,
    1e20, 1e21, 0.0001, 0.00001, -0.5, ["a", {"b": [1, None]}], {"b": None, "a": 1.5},
]  # fmt: skip


def table(rows: Sequence[Sequence[Any]], columns: list[dict[str, Any]] = COLUMNS) -> dict[str, Any]:
    """Return a Table as a server answers it."""
    meta = [{"name": str(row[0]), "namespace": "shop"} for row in rows]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "9"},
        "columnDefinitions": columns,
        "rows": [
            {
                "cells": row,
                "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": each},
            }
            for row, each in zip(rows, meta, strict=True)
        ],
    }


def decoded(value: dict[str, Any]) -> Table:
    """Return the table as crwatch reads it."""
    found = decode_table(msgspec.json.encode(value))
    assert isinstance(found, Table)
    return found


def written(*pages: tuple[dict[str, Any], ResourceType], paint: Paint | None = None, **options: Any) -> str:
    """Return what a pipe receives, or a terminal when `paint` is given."""
    stream = io.BytesIO()
    writer = TableWriter(Output(stream, is_terminal=paint is not None), Theme.of(paint or Paint.NONE), **options)
    for page, resource in pages:
        writer.write(decoded(page), resource)
    return stream.getvalue().decode()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """Yield kubectl before a scripted server."""
    with kubectl(Path(tmp_path_factory.mktemp("kubectl"))) as found:
        yield found


@pytest.mark.parametrize(
    ("arguments", "options"),
    [([], {}), (["-o", "wide"], {"wide": True}), (["-A"], {"with_namespace": True})],
    ids=["plain", "wide", "all namespaces"],
)
def test_a_table_is_kubectls(oracle: Kubectl, arguments: list[str], options: dict[str, Any]) -> None:
    """Every kind of cell, in every kind of column."""
    rows = [
        ["orders", cell, CELLS[at - 1], CELLS[at - 2]] if at % 2 else [f"name-{at}", "P", cell, "61d"]
        for at, cell in enumerate(CELLS)
    ]
    Served.tables["databaseclusters"] = table(rows)

    assert written((table(rows), DATABASES), **options) == oracle.get("databaseclusters", *arguments)[0]


def test_no_headers_is_kubectls(oracle: Kubectl) -> None:
    """Widths without a heading's: it measures the first line in characters, the others in bytes too."""
    rows: list[list[Any]] = [["a", "日本語日本語日本語", "", "1d"], ["long-name", "x", "", None]]
    Served.tables["databaseclusters"] = table(rows)

    assert written((table(rows), DATABASES), headers=False) == oracle.get("databaseclusters", "--no-headers")[0]


def test_pages_are_kubectls(oracle: Kubectl) -> None:
    """A page widens what comes after it, never what is printed."""
    rows = [["n" * (1 + at // 90), "P" * (1 + at * 7 % 11), "", f"{at}s"] for at in range(1200)]
    Served.tables["databaseclusters"] = table(rows)
    pages = [(table(rows[at : at + 500]), DATABASES) for at in range(0, 1200, 500)]

    assert written(*pages) == oracle.get("databaseclusters")[0]


def test_several_kinds_are_kubectls(oracle: Kubectl) -> None:
    """An empty line between kinds, and names with their kind; a kind without objects leaves no trace."""
    databases, sites = table([["orders", "Ready", "", "1d"]]), table([["north", "Open", "", "2d"]], COLUMNS[:2])
    Served.tables.update(databaseclusters=databases, sites=sites)

    assert written((databases, DATABASES), (sites, SITES), with_kind=True) == oracle.get("databaseclusters,sites")[0]
    Served.tables.update(databaseclusters=table([]))
    assert written((table([]), DATABASES), (sites, SITES), with_kind=True) == oracle.get("databaseclusters,sites")[0]


def test_nothing_found_is_kubectls_sentence(oracle: Kubectl) -> None:
    """On standard error."""
    Served.tables.update(databaseclusters=table([]), sites=table([]))

    assert oracle.get("databaseclusters") == ("", nothing_found("shop") + "\n")
    assert oracle.get("databaseclusters", "-A") == ("", nothing_found(None) + "\n")
    assert oracle.get("sites") == ("", nothing_found(None) + "\n")


def test_a_terminal_gets_columns_and_no_control_character() -> None:
    """Wide characters keep the columns; what kubectl would print raw is made visible; names are bold."""
    page = table([["日本", "a\u202eb\tc\x9b", "", "1d"], ["orders", "Ready", "", "2d"]])

    assert written((page, DATABASES), paint=Paint.NONE).splitlines() == [
        "NAME     PHASE               AGE",
        r"日本     a\u202eb\tc\u009b   1d",
        "orders   Ready               2d",
    ]
    coloured = written((page, DATABASES), paint=Paint.COLOUR, with_kind=True)
    assert "\x1b[2mdatabasecluster.stable.example.com/\x1b[0m\x1b[1morders" in coloured


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (1e6, "1e+06"), (-0.0, "-0"), ({"b": 1, "a": None}, "map[a:<nil> b:1]")]
)
def test_cells_are_gos(value: object, text: str) -> None:
    """A few by hand; kubectl says the rest."""
    assert go_sprint(value) == text
