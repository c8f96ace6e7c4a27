"""The server's own table of a list: the columns that the CRD's author chose."""

from typing import Any

import msgspec

from crwatch.model.objects import Metadata
from crwatch.model.status import Failure, FailureKind


class Column(msgspec.Struct, frozen=True):
    """A column; those with priority above 0 belong to `-o wide`."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0


class _RowObject(msgspec.Struct, frozen=True):
    metadata: Metadata = Metadata()


class Row(msgspec.Struct, frozen=True):
    """One object as cells, one for each column of the table."""

    cells: tuple[Any, ...]
    """JSON values; msgspec cannot decode into the recursive type that would say so."""
    object: _RowObject | None = None

    @property
    def meta(self) -> Metadata:
        """Name and namespace of the object that the row stands for."""
        return self.object.metadata if self.object else Metadata()


class Table(msgspec.Struct, frozen=True):
    """One page of a list as a table."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    resource_version: str
    continue_token: str | None = None
    remaining: int | None = None


class _TableMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remaining_item_count: int | None = None


class _TableBody(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    metadata: _TableMeta = _TableMeta()
    column_definitions: tuple[Column, ...] | None = None
    rows: tuple[Row, ...] | None = None


_decode_body = msgspec.json.Decoder(_TableBody).decode


def decode_table(body: bytes) -> Table | Failure:
    """Return the table that `body` writes; anything else is a failure of kind UNREADABLE."""
    try:
        table = _decode_body(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Failure(FailureKind.UNREADABLE, f"the answer is no table: {error}")
    if table.kind != "Table":
        return Failure(FailureKind.UNREADABLE, "the answer is no table")
    meta = table.metadata
    columns, rows = table.column_definitions or (), table.rows or ()
    return Table(columns, rows, meta.resource_version, meta.continue_ or None, meta.remaining_item_count)
