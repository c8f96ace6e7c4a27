"""Secret values made into marks, before anything is compared, formatted or stored."""

import base64
import binascii
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

import msgspec

from crwatch.diff.rules import LAST_APPLIED
from crwatch.model.objects import KubeObject
from crwatch.values.path import FieldPath, Keyed, Member, find
from crwatch.values.scalars import MISSING, Json, same


class _Type(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""


_decode_type = msgspec.json.Decoder(_Type).decode
_SECRET_FIELDS: Final = ("data", "stringData")
_DIGEST_BYTES: Final = 4
"""Two values share a mark once in four thousand million: a shorter one would hide changes."""


class Masker(msgspec.Struct, frozen=True):
    """Rewrites objects so that what they hold may be shown: the values of Secrets, and those under paths of the user's.

    With a key equal values get equal marks and others different ones, `‹masked 7f3a09d2›`, and nobody without the key
    can try out values; without a key every value is `‹masked›`, and a change of one is not visible.
    """

    key: bytes | None = None
    """1 to 64 bytes, secret."""
    paths: tuple[FieldPath, ...] = ()
    """Of values to be masked in objects of any kind."""

    def concerns(self, target: KubeObject) -> bool:
        """Tell whether there is something to be masked."""
        if b'"Secret"' in target.raw and _is_secret(target.raw):
            return True
        if not self.paths:
            return False
        value = target.value()
        return any(find(value, path) is not MISSING for path in self.paths) or self._last_applied(value) is not None

    def mask(self, target: KubeObject) -> KubeObject:
        """Return the object with marks in place of values; as it is where it does not concern the masker."""
        if not self.concerns(target):
            return target
        value = self._mask_object(target.value(), is_secret=_is_secret(target.raw))
        return KubeObject(target.meta, msgspec.json.encode(value))

    def _mask_object(self, value: Json, *, is_secret: bool) -> Json:
        for path in self.paths:
            value = _rewrite(value, path, self._mark)
        if is_secret and isinstance(value, dict):
            value = {
                **value,
                **{field: self._mask_values(value[field], field) for field in _SECRET_FIELDS if field in value},
            }
        applied = self._last_applied(value)
        return (
            value
            if applied is None
            else _rewrite(value, LAST_APPLIED, lambda _: self._mask_text(applied, is_secret=is_secret))
        )

    def _last_applied(self, value: Json) -> str | None:
        applied = find(value, LAST_APPLIED)
        return applied if isinstance(applied, str) else None

    def _mask_text(self, applied: str, *, is_secret: bool) -> str:
        """Mask the object inside the annotation; text that is no object might hold anything."""
        try:
            value = msgspec.json.decode(applied)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return self._mark(applied)
        if not isinstance(value, dict):
            return self._mark(applied)
        return msgspec.json.encode(self._mask_object(value, is_secret=is_secret)).decode()

    def _mask_values(self, values: Json, field: str) -> Json:
        if not isinstance(values, dict):
            return None if values is None else self._mark(values)
        return {name: self._mark(_plain(value) if field == "data" else value) for name, value in values.items()}

    def _mark(self, value: Json | bytes) -> str:
        if self.key is None:
            return "‹masked›"
        text = (
            value
            if isinstance(value, bytes)
            else value.encode(errors="surrogatepass")
            if isinstance(value, str)
            else msgspec.json.encode(value, order="sorted")
        )
        return f"‹masked {blake2b(text, key=self.key, digest_size=_DIGEST_BYTES).hexdigest()}›"


def _is_secret(raw: bytes) -> bool:
    identity = _decode_type(raw)
    return identity.kind == "Secret" and identity.api_version == "v1"


def _plain(value: Json) -> Json | bytes:
    """What a value of `data` encodes, so that it gets the mark that it has as `stringData`."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except (binascii.Error, ValueError):
        return value


def _rewrite(value: Json, path: FieldPath, change: Callable[[Json], Json]) -> Json:
    """Return `value` with what stands at `path` changed, wherever it stands; keyed parts may fit several items."""
    if not path.parts:
        return change(value)
    part, below = path.parts[0], FieldPath(path.parts[1:])
    if isinstance(part, str):
        if not isinstance(value, dict) or part not in value:
            return value
        return {**value, part: _rewrite(value[part], below, change)}
    if not isinstance(value, list):
        return value
    return [_rewrite(item, below, change) if _fits(item, index, part) else item for index, item in enumerate(value)]


def _fits(item: Json, index: int, part: Keyed | Member | int) -> bool:
    match part:
        case Keyed(keys=keys):
            return isinstance(item, dict) and all(same(item.get(key, MISSING), value) for key, value in keys)
        case Member(value=value):
            return same(item, value)
        case _:
            return index == part
