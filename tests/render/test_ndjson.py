"""Records: their schema, their chain, the patch in them, and the object's bytes."""

import io
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonpatch
import msgspec
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

import crwatch.render
from crwatch.diff.change import Change
from crwatch.diff.lens import Lens
from crwatch.diff.rules import EVERYTHING
from crwatch.model.delta import DeltaType, Reason, Source
from crwatch.model.notice import Counts, Notice, NoticeKind
from crwatch.model.objects import KubeObject
from crwatch.model.status import Failure, FailureKind
from crwatch.render.ndjson import NdjsonWriter, encode_change, encode_notice
from crwatch.render.writer import Output
from crwatch.values.scalars import Json, same
from tests.render.factories import EDITOR, change, with_metadata
from tests.samples import NOON, after, database, delta
from tests.strategies import specs, values

SCHEMA = json.loads((Path(crwatch.render.__file__).parent / "record.schema.json").read_text())
FIELDS = """type object v seq observedAt previousObservedAt cluster resource namespace name uid
resourceVersion previousResourceVersion source reason initial gap changes suppressed"""
VALIDATOR = Draft202012Validator(SCHEMA)


def record(item: Change | Notice, **options: Any) -> dict[str, Any]:
    """Return the record of an item, held against the schema."""
    line = encode_notice(item, 7) if isinstance(item, Notice) else encode_change(item, 7, **options)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    decoded: dict[str, Any] = json.loads(line)
    VALIDATOR.validate(decoded)
    return decoded


def test_the_schema_is_a_schema() -> None:
    """And it refuses what is no record."""
    Draft202012Validator.check_schema(SCHEMA)

    assert not VALIDATOR.is_valid({**record(change(None, database())), "v": 2})
    assert not VALIDATOR.is_valid({**record(change(None, database())), "more": 1})


def test_a_record_has_the_fields_in_the_order_of_the_page() -> None:
    """The two of kubectl first."""
    found = record(change(database(rv=1, a=1), database(rv=2, a=2), writers=[EDITOR], previous_observed_at=NOON))

    assert list(found) == FIELDS.split()
    assert found["changes"] == [
        {
            "op": "replace",
            "path": "/spec/a",
            "at": "spec.a",
            "old": 1,
            "value": 2,
            "by": [
                {
                    "manager": "kubectl-edit",
                    "operation": "Update",
                    "subresource": "",
                    "time": "2026-11-22T16:05:03Z",
                    "basis": "wrote",
                }
            ],
        }
    ]
    assert (found["resourceVersion"], found["previousResourceVersion"]) == ("2", "1")


@pytest.mark.parametrize(
    "told",
    [
        change(None, database(a=1), source=Source.LIST, initial=True),
        change(None, database(a=1), reason=Reason.CREATED),
        change(database(a=1), None, reason=Reason.DELETED, gap=True, source=Source.RELIST, previous_observed_at=NOON),
        change(database(a=1), database(a=2), type=DeltaType.DELETED, reason=Reason.LEFT_SELECTION),
        change(with_metadata(database(), generation=1), with_metadata(database(), generation=2)),
        change(database(l=["a", "b", "c"]), database(l=["c", "b", "a"])),
        change(database(l=[{"name": n} for n in "abc"]), database(l=[{"name": n} for n in "cab"])),
    ],
)
def test_every_kind_of_change_is_in_the_schema(told: Change) -> None:
    """An object that came or went has no changes: it is the change."""
    found = record(told)

    assert found["type"] == told.delta.type.upper()
    assert found["type"] == "MODIFIED" or found["changes"] == []


@pytest.mark.parametrize(
    "told",
    [
        Notice(kind=NoticeKind.LIVE, at=NOON),
        Notice(
            kind=NoticeKind.GAP,
            at=after(28),
            cluster="prod-eu",
            resource=delta(None, database()).resource,
            since=NOON,
            until=after(28),
            since_rv="1",
            until_rv="2",
            counts=Counts(modified=1),
            failure=Failure(FailureKind.DROPPED, "connection reset by peer"),
        ),
        Notice(kind=NoticeKind.RECONNECTING, at=NOON, retry_seconds=1.5, failure=Failure(FailureKind.SERVER, "x", 500)),
        Notice(kind=NoticeKind.WARNING, at=NOON, text="deprecated"),
    ],
)
def test_every_notice_is_in_the_schema(told: Notice) -> None:
    """Its kind in capitals, as kubectl writes types."""
    assert record(told)["type"] == told.kind.upper()


@given(specs, specs)
def test_the_changes_are_a_patch(old: Json, new: Json) -> None:
    """`changes` without `old`, `by` and `at` is RFC 6902: applied to the old object it gives the new one."""
    before, later = database(rv=1, tree=old), database(rv=1, tree=new)
    found = record(Lens(EVERYTHING).explain(delta(before, later)))
    patch = [{key: part for key, part in each.items() if key not in {"old", "by", "at"}} for each in found["changes"]]

    assert same(later.value(), jsonpatch.apply_patch(before.value(), patch))


@given(values)
def test_the_object_goes_out_as_it_came(value: Json) -> None:
    """Not one byte of it is touched, whatever it holds."""
    shown = database(tree=value)
    line = encode_change(change(None, shown), 1)

    assert line.startswith(b'{"type":"ADDED","object":' + shown.raw + b",")
    VALIDATOR.validate(json.loads(line))


def test_an_object_in_several_lines_becomes_one() -> None:
    """Some proxies print what they forward prettily."""
    shown = database(a="x")
    pretty = KubeObject(shown.meta, msgspec.json.format(shown.raw, indent=2))

    assert record(change(None, pretty))["object"] == shown.value()


def test_the_object_can_be_left_out() -> None:
    """In part or whole."""
    told = change(None, database(a="x"))

    assert set(record(told, part="meta")["object"]) == {"apiVersion", "kind", "metadata"}
    assert record(told, part="none")["object"] is None


def written(items: Sequence[Change | Notice], **options: Any) -> list[dict[str, Any]]:
    """Return the records that a writer makes of a batch."""
    stream = io.BytesIO()
    writer = NdjsonWriter(Output(stream, is_terminal=False), **options)
    writer.write(items)
    writer.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_noise_is_a_record_that_keeps_the_chain() -> None:
    """Each record's previous version is the version of the record before it."""
    versions = [
        database(rv=1, a=1),
        with_metadata(database(rv=2, a=1), resourceVersion="2", generation=5),
        database(rv=3, a=2),
    ]
    told = [change(None, versions[0]), change(versions[0], versions[1]), change(versions[1], versions[2])]
    records = written(told)

    assert [found["seq"] for found in records] == [1, 2, 3]
    assert (records[1]["changes"], records[1]["suppressed"]) == ([], 1)
    for earlier, later in pairwise(records):
        assert later["previousResourceVersion"] == earlier["resourceVersion"]
    assert len(written(told, only_visible=True)) == 2


def test_notices_are_records_only_when_asked_for() -> None:
    """Else they are told on standard error."""
    items: list[Change | Notice] = [Notice(kind=NoticeKind.LIVE, at=NOON), change(None, database())]

    assert [found["type"] for found in written(items)] == ["ADDED"]
    assert [found["type"] for found in written(items, status_events=True)] == ["LIVE", "ADDED"]
