"""JSON Patch (RFC 6902), the JSON Pointers (RFC 6901) that it is written with, and JSON Merge Patch (RFC 7386)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from crwatch.values.path import unescape_pointer
from crwatch.values.scalars import Json, same

PatchOp: TypeAlias = Mapping[str, Json]
"""One operation as JSON writes it: `op`, `path`, and `value` or `from`."""


class PatchError(ValueError):
    """A patch is malformed, or does not fit the value that it was applied to."""


def parse_pointer(text: str) -> tuple[str, ...]:
    """Return the reference tokens of a JSON Pointer, unescaped; none for the whole document.

    Raises:
        PatchError: the text is not empty and does not begin with `/`, or `~` is followed by neither 0 nor 1.
    """
    if not text:
        return ()
    if text[0] != "/":
        raise PatchError(f"not a JSON Pointer: {text!r} does not begin with a slash")
    if "~" in text.replace("~0", "").replace("~1", ""):
        raise PatchError(f"not a JSON Pointer: {text!r} holds a bare tilde")
    return tuple(map(unescape_pointer, text[1:].split("/")))


def apply_json_patch(value: Json, ops: Sequence[PatchOp]) -> Json:
    """Return `value` with the operations applied in order; `value` and the operations are left as they are.

    Raises:
        PatchError: an operation is malformed, its place does not exist, or a `test` fails.
    """
    holder: list[Json] = [_copy(value)]
    for op in ops:
        _apply(holder, op)
    return holder[0]


def _apply(holder: list[Json], op: PatchOp) -> None:
    """Apply one operation to the document that is the holder's only item: so the root, too, has a parent."""
    name, path = op.get("op"), _pointer(op, "path")
    match name:
        case "add":
            _add(holder, path, _copy(_value(op)))
        case "remove":
            _take(holder, path)
        case "replace":
            parent, token = _locate(holder, path)
            _put(parent, token, _copy(_value(op)))
        case "move":
            source = _pointer(op, "from")
            if path[: len(source)] == source and path != source:
                raise PatchError("a value cannot be moved into itself")
            _add(holder, path, _take(holder, source))
        case "copy":
            _add(holder, path, _copy(_get(*_locate(holder, _pointer(op, "from")))))
        case "test":
            if not same(_get(*_locate(holder, path)), _value(op)):
                raise PatchError(f"test failed at {op['path']!r}")
        case _:
            raise PatchError(f"no operation of JSON Patch: {name!r}")


def _pointer(op: PatchOp, field: str) -> tuple[str, ...]:
    text = op.get(field)
    if not isinstance(text, str):
        raise PatchError(f"an operation lacks {field!r}")
    return parse_pointer(text)


def _value(op: PatchOp) -> Json:
    if "value" not in op:
        raise PatchError("an operation lacks 'value'")
    return op["value"]


_Container: TypeAlias = dict[str, Json] | list[Json]
_ROOT: Final = 0


def _locate(holder: list[Json], path: tuple[str, ...]) -> tuple[_Container, str | int]:
    """Return the container of an existing place, and its key or index there."""
    parent: _Container = holder
    token: str | int = _ROOT
    for step in path:
        parent = _container(_get(parent, token), step)
        token = step if isinstance(parent, dict) else _index(step, len(parent) - 1)
        _get(parent, token)
    return parent, token


def _add(holder: list[Json], path: tuple[str, ...], value: Json) -> None:
    if not path:
        holder[_ROOT] = value
        return
    parent = _container(_get(*_locate(holder, path[:-1])), path[-1])
    if isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        end = len(parent)
        parent.insert(end if path[-1] == "-" else _index(path[-1], end), value)


def _take(holder: list[Json], path: tuple[str, ...]) -> Json:
    parent, token = _locate(holder, path)
    if parent is holder:
        raise PatchError("the whole document cannot be removed")
    return parent.pop(token)  # type: ignore[arg-type]  # a token from _locate is of its parent's kind


def _get(parent: _Container, token: str | int) -> Json:
    try:
        return cast("dict[str | int, Json]", parent)[token]
    except LookupError:
        raise PatchError(f"there is no {token!r}") from None


def _put(parent: _Container, token: str | int, value: Json) -> None:
    cast("dict[str | int, Json]", parent)[token] = value


def _container(value: Json, step: str) -> _Container:
    if not isinstance(value, dict | list):
        raise PatchError(f"there is no {step!r} in a scalar")
    return value


_INDEX: Final = re.compile(r"0|[1-9]\d*", re.ASCII)


def _index(token: str, last: int) -> int:
    if not _INDEX.fullmatch(token):
        raise PatchError(f"no index of a list: {token!r}")
    if len(token) > len(str(last)) or int(token) > last:
        raise PatchError(f"index {token} is beyond the list's end")
    return int(token)


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def merge_patch(old: Json, new: Json) -> Json:
    """Return the JSON Merge Patch that makes `new` of `old`, as far as one can: null in a map of `new` is lost.

    Lists are replaced whole, and null stands for "is not there"; `apply_merge_patch` tells what comes of it.
    """
    if not isinstance(old, dict) or not isinstance(new, dict):
        return _copy(new)
    patch: dict[str, Json] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old or not same(old[key], value):
            patch[key] = merge_patch(old.get(key), value)
    return patch


def apply_merge_patch(value: Json, patch: Json) -> Json:
    """Return `value` with a JSON Merge Patch applied; both are left as they are."""
    if not isinstance(patch, dict):
        return _copy(patch)
    merged = {key: _copy(item) for key, item in value.items()} if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            merged.pop(key, None)
        else:
            merged[key] = apply_merge_patch(merged.get(key), item)
    return merged
