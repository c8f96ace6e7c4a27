"""Changes for other programs: JSON Patch, JSON Merge Patch, unified diff of YAML, YAML records, names.

All of them write what is shown, folded fields and what is never compared left out, so a change that is only noise is
nothing here (in the YAML of records it is a record without changes, as in JSON). What a form cannot say is told on
standard error, not hidden.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import unified_diff
from typing import Any, Final

import msgspec

from crwatch.diff.change import Change, FieldChange, Op
from crwatch.diff.compare import compare, compare_raw
from crwatch.diff.rules import Rules
from crwatch.model.delta import DeltaType, Reason
from crwatch.model.notice import Notice
from crwatch.render.manifest import dump_yaml
from crwatch.render.table import name_with_kind
from crwatch.render.text import one_word
from crwatch.render.wording import SIGN_OF, event_writers, who
from crwatch.render.writer import NoticeSink, Output, write_in_order
from crwatch.values.patch import apply_json_patch, apply_merge_patch, merge_patch
from crwatch.values.path import format_path
from crwatch.values.scalars import Json, format_timestamp

Tell = Callable[[str], None]
Lines = Callable[[Change], Iterable[str]]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_MASK: Final = "‹masked"


class PatchWriter:
    """Writes what a function makes of each change that has something to show.

    Args:
        output: standard output.
        lines: makes the text of one change, with its line ends.
        notices: where notices are told; None where somebody else does.
    """

    def __init__(self, output: Output, lines: Lines, *, notices: NoticeSink | None = None) -> None:
        self._output = output
        self._lines = lines
        self._notices = notices

    def write(self, items: Sequence[Change | Notice]) -> None:
        """Write the changes of a batch that have something to show."""
        write_in_order(items, self._shown, self._output, self._notices)

    def close(self) -> None:
        """Nothing is held back."""

    def _shown(self, change: Change) -> Iterable[str]:
        return self._lines(change) if change else ()


def states(change: Change) -> tuple[dict[str, Json] | None, dict[str, Json] | None]:
    """Return the object before and after, as far as shown: what is folded is on both sides as it was before."""
    delta, kind = change.delta, _kind(change)
    before = delta.before.value() if delta.before and kind is not DeltaType.ADDED else None
    if kind is DeltaType.DELETED:
        return before or delta.object.value(), None
    if kind is DeltaType.ADDED:
        return None, delta.object.value()
    after: Any = apply_json_patch(before, _ops(change))
    return before, after


def _ops(change: Change) -> list[dict[str, Json]]:
    """Return the patch of what is shown; of everything, where hidden items of lists would shift shown ones."""
    delta = change.delta
    hidden = (*change.folded, *change.filtered)
    if delta.before and delta.after and any(map(_shifts, hidden)):
        return compare_raw(delta.before.raw, delta.after.raw, skip=Rules.default().skip).to_json_patch()
    return [field.to_json_patch() for field in change.fields]


def _shifts(field: FieldChange) -> bool:
    return field.op is not Op.REPLACE and not isinstance(field.path.parts[-1], str)


def _kind(change: Change) -> DeltaType:
    """What became of the object itself: one that left or entered the selection has changed, and lives."""
    delta = change.delta
    lives_on = delta.before and delta.after and delta.reason is not Reason.RECREATED
    return DeltaType.MODIFIED if lives_on else delta.type


class JsonPatchLines:
    """One JSON Patch (RFC 6902) a line, which begins with tests of kind, namespace and name.

    The tests say whose patch it is, and keep it from being applied to another object. An object that came is the
    value at the root (`"path": ""`), one that went leaves null there.

    Args:
        tell: takes what the patch cannot be trusted with.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def __call__(self, change: Change) -> Iterator[str]:
        """Yield the line."""
        kind = _kind(change)
        ops: list[dict[str, Json]]
        if kind is DeltaType.ADDED:
            ops = [{"op": "add", "path": "", "value": change.delta.object.value()}]
        else:
            ops = [*_tests(change)]
            ops += [{"op": "replace", "path": "", "value": None}] if kind is DeltaType.DELETED else _ops(change)
        line = _encode(ops).decode()
        _tell_masked(change, line, self._tell)
        yield line + "\n"


def _tests(change: Change) -> Iterator[dict[str, Json]]:
    was = change.delta.before or change.delta.object
    value = was.value()
    for path, known in (
        ("/kind", value.get("kind")),
        ("/metadata/namespace", was.meta.namespace),
        ("/metadata/name", was.meta.name),
    ):
        if known:
            yield {"op": "test", "path": path, "value": known}


class MergePatchLines:
    """One JSON Merge Patch (RFC 7386) a line, with apiVersion, kind, namespace and name to say whose it is.

    An object that came is the whole of it, one that went is null.

    Args:
        tell: takes what a merge patch cannot say.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def __call__(self, change: Change) -> Iterator[str]:
        """Yield the line."""
        before, after = states(change)
        patch = merge_patch(before, after)
        if isinstance(patch, dict) and after is not None:
            patch = _with_identity(patch, after)
            self._tell_limits(change, before, after, patch)
        elif after is None:
            self._tell(f"! {_name(change)} is gone: its merge patch is null")
        line = _encode(patch).decode()
        _tell_masked(change, line, self._tell)
        yield line + "\n"

    def _tell_limits(self, change: Change, before: Json, after: Json, patch: Json) -> None:
        lost = compare(after, apply_merge_patch(before, patch))
        if lost.fields:
            paths = ", ".join(format_path(field.path) for field in lost)
            self._tell(f"! {_name(change)}: null cannot be written in a merge patch, the field goes: {paths}")
        lists = sorted(_lists(patch)) if before is not None else ()
        if lists:
            self._tell(f"! {_name(change)}: lists are replaced whole: {', '.join(lists)}")


def _with_identity(patch: dict[str, Json], after: dict[str, Json]) -> dict[str, Json]:
    metadata: Any = after.get("metadata")
    named = {field: metadata[field] for field in ("namespace", "name") if field in metadata}
    changed: Any = patch.get("metadata", {})
    identity: dict[str, Json] = {field: after[field] for field in ("apiVersion", "kind") if field in after}
    return {**identity, "metadata": {**named, **changed}, **{k: v for k, v in patch.items() if k != "metadata"}}


def _lists(patch: Json, path: str = "") -> Iterator[str]:
    if isinstance(patch, list):
        yield path
    elif isinstance(patch, dict):
        for key, value in patch.items():
            yield from _lists(value, f"{path}.{one_word(key)}".removeprefix("."))


class UnifiedLines:
    """A unified diff of the object's YAML, as kubectl prints it, under a line that says which object and who.

    `patch`, `git apply`, delta and colordiff take it. managedFields are left out; the resourceVersion stays the old
    one, so that the lines fit what `kubectl get -o yaml` printed.
    """

    def __call__(self, change: Change) -> Iterator[str]:
        """Yield the lines."""
        delta = change.delta
        sides = [None if state is None else _yaml_lines(state) for state in states(change)]
        writers = who(event_writers(change)) or "@?"
        kind, name = one_word(delta.resource.word), f"{one_word(str(delta.key))}"
        yield f"# {format_timestamp(delta.observed_at)} {SIGN_OF[delta.type]} {kind} {name} {writers}\n"
        file = f"{kind}/{name}.yaml"
        names = ("/dev/null" if sides[0] is None else f"a/{file}", "/dev/null" if sides[1] is None else f"b/{file}")
        yield from unified_diff(sides[0] or [], sides[1] or [], *names)


def _yaml_lines(value: dict[str, Json]) -> list[str]:
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        value = {**value, "metadata": {key: item for key, item in metadata.items() if key != "managedFields"}}
    return [f"{line}\n" for line in dump_yaml(value).decode().removesuffix("\n").split("\n")]


def name_lines(change: Change) -> Iterator[str]:
    """Yield `databasecluster.stable.example.com/orders`, as `kubectl -o name` prints it, for each event."""
    yield f"{name_with_kind(change.delta.resource, one_word(change.delta.key.name))}\n"


def dress_as_yaml(record: bytes) -> bytes:
    """Return a record of NDJSON as a document of YAML, the object last."""
    value: dict[str, Any] = _decode(record)
    shown = {"object": value.pop("object")} if "object" in value else {}
    return b"---\n" + dump_yaml({**value, **shown}, sort_keys=False)


def _tell_masked(change: Change, line: str, tell: Tell) -> None:
    if _MASK in line:
        tell(f"! {_name(change)}: masked values stand in this patch; applied, they would overwrite the real ones")


def _name(change: Change) -> str:
    return f"{one_word(change.delta.resource.word)} {one_word(str(change.delta.key))}"
