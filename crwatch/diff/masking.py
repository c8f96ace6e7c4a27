"""Secret values made into marks, before anything is compared, formatted or stored."""

import base64
import binascii
from hashlib import blake2b
from typing import Final

import msgspec

from crwatch.diff.rules import LAST_APPLIED
from crwatch.model.objects import KubeObject
from crwatch.model.resource import ResourceType, TypeName
from crwatch.values.fieldset import decode_part, encode_part
from crwatch.values.glob import PathGlob
from crwatch.values.path import FieldPath, Keyed, Member, Part, find
from crwatch.values.scalars import Json


class _Type(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""


_decode_type = msgspec.json.Decoder(_Type).decode
_SECRET_FIELDS: Final = ("data", "stringData")
_LAST_APPLIED: Final = PathGlob(LAST_APPLIED.parts)
_FIELDS: Final = PathGlob.parse("metadata.managedFields[*].fieldsV1")
_DIGEST_BYTES: Final = 4
"""Two values share a mark once in four thousand million: a shorter one would hide changes."""


class Masker(msgspec.Struct, frozen=True):
    """Rewrites objects so that what they hold may be shown: the values of Secrets, and those under paths of the user's.

    With a key equal values get equal marks and others different ones, `‹masked 7f3a09d2›`, and nobody without the key
    can try out values; without a key every value is `‹masked›`, and a change of one is not visible.
    """

    key: bytes | None = None
    """1 to 64 bytes, secret."""
    paths: tuple[PathGlob, ...] = ()
    """Of values to be masked in objects of any kind."""
    of_kinds: tuple[tuple[TypeName, PathGlob], ...] = ()
    """Of values to be masked in objects of one kind: `of` makes them paths."""
    reveal: bool = False
    """`--show-secrets`: nothing is masked."""

    def of(self, resource: ResourceType) -> "Masker":
        """Return the masker for objects of one kind."""
        if not self.of_kinds:
            return self
        paths = (*self.paths, *(glob for kind, glob in self.of_kinds if kind.matches(resource)))
        return msgspec.structs.replace(self, paths=paths, of_kinds=())

    def concerns(self, target: KubeObject) -> bool:
        """Tell whether there may be something to be masked; no more than a glance."""
        return not self.reveal and (bool(self.paths) or (b'"Secret"' in target.raw and _is_secret(target.raw)))

    def mask(self, target: KubeObject) -> KubeObject:
        """Return the object with marks in place of values; as it is where it does not concern the masker."""
        if not self.concerns(target):
            return target
        value = target.value()
        masked = self._mask_object(value, is_secret=_is_secret(target.raw))
        if self.paths:
            masked = _FIELDS.rewrite(masked, lambda tree: self._mask_names(tree, FieldPath()))
        return target if masked is value else KubeObject(target.meta, msgspec.json.encode(masked))

    def _mask_object(self, value: Json, *, is_secret: bool) -> Json:
        for glob in self.paths:
            value = glob.rewrite(value, self._mark)
        if is_secret and isinstance(value, dict):
            marked: dict[str, Json] = {
                name: self._mask_values(value[name], name) for name in _SECRET_FIELDS if name in value
            }
            value = {**value, **marked}
        applied = self._last_applied(value)
        if applied is None or not isinstance(value, dict):
            return value
        text = self._mask_text(applied, is_secret=is_secret)
        return value if text == applied else _LAST_APPLIED.rewrite(value, lambda _: text)

    def _mask_names(self, tree: Json, path: FieldPath) -> Json:
        """Mask the values that FieldsV1 repeats in names: members of sets, and keys of items."""
        if not isinstance(tree, dict):
            return tree
        below: dict[str, Json] = {}
        for name, node in tree.items():
            part = decode_part(name)
            if part is None:
                below[name] = node
                continue
            masked = self._mask_part(part, path)
            below[name if masked is part else encode_part(masked)] = self._mask_names(node, path / part)
        return tree if below == tree else below

    def _mask_part(self, part: Part, path: FieldPath) -> Part:
        match part:
            case Member(value=value) if self._covers(path / part):
                return Member(self._mark(value))
            case Keyed(keys=keys) if any(self._covers(path / part / key) for key, _ in keys):
                item = path / part
                return Keyed(
                    tuple((key, self._mark(value) if self._covers(item / key) else value) for key, value in keys)
                )
            case _:
                return part

    def _covers(self, path: FieldPath) -> bool:
        return any(glob.covers(path) for glob in self.paths)

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
        masked = self._mask_object(value, is_secret=is_secret)
        return applied if masked is value else msgspec.json.encode(masked).decode()

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
