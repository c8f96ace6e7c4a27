"""The server's own table."""

import msgspec
import pytest

from crwatch.model.status import Failure, FailureKind
from crwatch.model.table import Column, Table, decode_table

BODY = {
    "kind": "Table",
    "apiVersion": "meta.k8s.io/v1",
    "metadata": {"resourceVersion": "9", "continue": "t", "remainingItemCount": 2},
    "columnDefinitions": [
        {"name": "Name", "type": "string", "format": "name", "description": "…", "priority": 0},
        {"name": "Node", "type": "string", "priority": 1},
    ],
    "rows": [{"cells": ["a", None], "object": {"metadata": {"name": "a", "namespace": "n"}}}, {"cells": [1, True]}],
}


def test_columns_cells_and_place_are_read() -> None:
    """Cells keep their JSON types."""
    table = decode_table(msgspec.json.encode(BODY))
    assert isinstance(table, Table)
    assert table.columns == (Column("Name", format="name"), Column("Node", priority=1))
    assert [row.cells for row in table.rows] == [("a", None), (1, True)]
    assert [row.meta.name for row in table.rows] == ["a", ""]
    assert (table.resource_version, table.continue_token, table.remaining) == ("9", "t", 2)


def test_an_empty_table_may_say_null() -> None:
    """Go writes an empty slice so; later pages repeat no columns."""
    body = b'{"kind":"Table","metadata":{"resourceVersion":"9"},"columnDefinitions":null,"rows":null}'
    assert decode_table(body) == Table((), (), "9")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"<html>", b'{"kind":"PodList","items":[]}', b'{"kind":"Table","rows":3}', b"\xff"]
)
def test_what_is_no_table_is_a_failure(body: bytes) -> None:
    """A server that cannot make one answers with the list itself."""
    failure = decode_table(body)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.UNREADABLE
