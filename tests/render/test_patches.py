"""The other forms of output: patches that apply, a diff that `patch` takes, YAML records, names."""

import io
import json
import subprocess
from pathlib import Path

import jsonpatch
import pytest
import yaml
from hypothesis import given
from inline_snapshot import snapshot

from crwatch.diff.change import Change
from crwatch.diff.lens import Lens
from crwatch.model.delta import DeltaType, Reason
from crwatch.model.notice import Notice, NoticeKind
from crwatch.render.manifest import dump_yaml
from crwatch.render.ndjson import NdjsonWriter
from crwatch.render.patches import (
    JsonPatchLines,
    Lines,
    MergePatchLines,
    PatchWriter,
    UnifiedLines,
    dress_as_yaml,
    name_lines,
    states,
)
from crwatch.render.writer import Output
from crwatch.values.patch import apply_merge_patch
from crwatch.values.scalars import Json, same
from tests.render.factories import EDITOR, change, with_metadata
from tests.samples import NOON, database, delta
from tests.strategies import specs

OLD = database(rv=1, replicas=3, users=[{"name": "app"}, {"name": "guest"}], gone=1)
NEW = database(rv=2, replicas=5, users=[{"name": "audit"}, {"name": "app"}], none=None)


def written(lines: Lines, *items: Change | Notice) -> str:
    """Return what goes to standard output."""
    stream = io.BytesIO()
    writer = PatchWriter(Output(stream, is_terminal=False), lines)
    writer.write(items)
    writer.close()
    return stream.getvalue().decode()


def test_a_json_patch_says_whose_it_is_and_applies() -> None:
    """Its tests keep it from being applied to another object."""
    (line,) = written(JsonPatchLines(pytest.fail), change(OLD, NEW)).splitlines()
    patch = json.loads(line)

    assert [op["path"] for op in patch if op["op"] == "test"] == ["/kind", "/metadata/namespace", "/metadata/name"]
    applied = jsonpatch.apply_patch(OLD.value(), patch)
    assert applied == {**NEW.value(), "metadata": OLD.value()["metadata"]}
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch(database("cart", replicas=3, users=OLD.at("spec.users")).value(), patch)


@given(specs, specs)
def test_patches_make_the_new_object_of_the_old_one(old: Json, new: Json) -> None:
    """A merge patch too, unless it says what it cannot."""
    told: list[str] = []
    explained = change(database(rv=1, a=old), database(rv=2, a=new))
    if not explained:
        return
    before, after = states(explained)
    json_patch = json.loads(written(JsonPatchLines(pytest.fail), explained))
    merge = json.loads(written(MergePatchLines(told.append), explained))

    assert same(jsonpatch.apply_patch(before, json_patch), after)
    limits = [line for line in told if "null" in line]
    assert same(apply_merge_patch(before, merge), after) is not bool(limits)


def test_what_a_merge_patch_cannot_say_is_told() -> None:
    """Null means "take it away", and lists have no items."""
    told: list[str] = []
    (line,) = written(MergePatchLines(told.append), change(OLD, NEW)).splitlines()

    assert json.loads(line) == {
        "apiVersion": "stable.example.com/v1",
        "kind": "DatabaseCluster",
        "metadata": {"namespace": "shop", "name": "orders"},
        "spec": {"replicas": 5, "users": [{"name": "audit"}, {"name": "app"}], "gone": None, "none": None},
    }
    assert told == [
        "! databasecluster shop/orders: null cannot be written in a merge patch, the field goes: spec.none",
        "! databasecluster shop/orders: lists are replaced whole: spec.users",
    ]


def test_objects_that_came_or_went() -> None:
    """At the root: the value, null."""
    came, went = change(None, NEW), change(OLD, None)
    patches = [json.loads(line) for line in written(JsonPatchLines(pytest.fail), came, went).splitlines()]

    assert jsonpatch.apply_patch(None, patches[0]) == NEW.value()
    assert jsonpatch.apply_patch(OLD.value(), patches[1]) is None
    told: list[str] = []
    lines = written(MergePatchLines(told.append), came, went).splitlines()
    assert apply_merge_patch(None, json.loads(lines[0]))["spec"]["replicas"] == 5  # type: ignore[call-overload,index]
    assert lines[1] == "null"
    assert "shop/orders is gone" in told[-1]


def test_an_object_that_left_the_selection_is_changed_not_gone() -> None:
    """A patch of null would delete it."""
    moved = with_metadata(database(rv=2, a=1), labels={"app": "web"})
    left = change(database(rv=1, a=1), moved, type=DeltaType.DELETED, reason=Reason.LEFT_SELECTION)

    assert '"/metadata/labels"' in written(JsonPatchLines(pytest.fail), left)
    assert '"replace","path":""' not in written(JsonPatchLines(pytest.fail), left)


def test_a_recreated_object_is_new() -> None:
    """Its patch makes the whole of it, not a change of the one that was deleted."""
    again = change(OLD, database(rv=9, uid="other", a=1), type=DeltaType.ADDED, reason=Reason.RECREATED)

    assert json.loads(written(JsonPatchLines(pytest.fail), again))[0]["op"] == "add"
    assert "--- /dev/null" in written(UnifiedLines(), again)


def test_noise_is_nothing_and_notices_are_told_elsewhere() -> None:
    """In each form."""
    noise = change(with_metadata(OLD, generation=1), with_metadata(OLD, generation=2))
    gap = Notice(kind=NoticeKind.GAP, at=NOON)
    assert not noise
    for lines in (JsonPatchLines(pytest.fail), MergePatchLines(pytest.fail), UnifiedLines(), name_lines):
        assert written(lines, noise, gap) == ""


def test_masked_values_in_a_patch_are_told() -> None:
    """Applied, they would overwrite the real ones."""
    masked, told = Lens().explain(delta(database(rv=1, p="a"), database(rv=2, p="‹masked 7f3a›"))), list[str]()
    written(JsonPatchLines(told.append), masked)

    assert "overwrite the real ones" in told[0]


def test_a_hidden_item_of_a_list_shifts_nothing() -> None:
    """Where a filter hides an item that was put in, the whole patch is written rather than one that lies."""
    whole = change(OLD, NEW)
    hidden = tuple(field for field in whole.fields if field.op == "add")
    shown = tuple(field for field in whole.fields if field.op != "add")
    filtered = Change(whole.delta, shown, filtered=hidden)

    patch = json.loads(written(JsonPatchLines(pytest.fail), filtered))
    assert jsonpatch.apply_patch(OLD.value(), patch)["spec"] == NEW.value()["spec"]


def test_the_diff_is_one_that_patch_takes(tmp_path: Path) -> None:
    """On the very text that `kubectl get -o yaml` prints."""
    text = written(UnifiedLines(), change(OLD, NEW, writers=[EDITOR]))
    file = tmp_path / "orders.yaml"
    file.write_bytes(dump_yaml(OLD.value()))
    subprocess.run(["patch", str(file)], input=text, text=True, check=True, capture_output=True)

    assert yaml.safe_load(file.read_text())["spec"] == NEW.value()["spec"]
    assert text == snapshot("""\
# 2026-11-22T12:00:00.000Z ~ databasecluster shop/orders @kubectl-edit
--- a/databasecluster/shop/orders.yaml
+++ b/databasecluster/shop/orders.yaml
@@ -7,8 +7,8 @@
   resourceVersion: "1"
   uid: uid-orders
 spec:
-  gone: 1
-  replicas: 3
+  none: null
+  replicas: 5
   users:
+  - name: audit
   - name: app
-  - name: guest
""")


def test_the_diff_of_what_came_or_went_is_against_nothing() -> None:
    """As git writes it."""
    text = written(UnifiedLines(), change(None, database(a=1)), change(database(a="x\u2028y\n"), None))

    assert text.count("--- /dev/null\n+++ b/databasecluster/shop/orders.yaml\n@@ -0,0 ") == 1
    assert text.count("--- a/databasecluster/shop/orders.yaml\n+++ /dev/null\n") == 1
    assert "\u2028" not in text


def test_names_are_kubectls() -> None:
    """One for each event."""
    assert written(name_lines, change(OLD, NEW), change(OLD, None)) == "databasecluster.stable.example.com/orders\n" * 2


def test_yaml_records_are_the_json_ones() -> None:
    """A document each; the object last, for people."""
    streams = io.BytesIO(), io.BytesIO()
    for stream, dress in zip(streams, (None, dress_as_yaml), strict=True):
        writer = NdjsonWriter(Output(stream, is_terminal=False), dress=dress)
        writer.write([change(OLD, NEW), change(OLD, None)])
    as_json = [json.loads(line) for line in streams[0].getvalue().splitlines()]

    as_yaml = [*yaml.safe_load_all(streams[1].getvalue())]
    assert as_yaml == as_json
    assert [*as_yaml[0]][-1] == "object"
