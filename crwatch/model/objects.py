"""One object of the cluster, as the bytes that the server sent and the little that must be known at once."""

import msgspec

from crwatch.values.path import FieldPath, find, parse_path
from crwatch.values.scalars import MISSING, Json


class ObjectKey(msgspec.Struct, frozen=True, order=True):
    """Which object, within one kind of one cluster; identity besides is the uid."""

    namespace: str
    """Empty where the kind is cluster-scoped."""
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """The part of `metadata` that following an object needs; the rest stays bytes until it is asked for."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: Metadata = Metadata()


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_sections = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder().decode


class KubeObject(msgspec.Struct, frozen=True):
    """An object as the server sent it; read-only. Two are the same when their bytes are."""

    meta: Metadata
    raw: bytes
    """The object's JSON, without white space around it."""

    @property
    def key(self) -> ObjectKey:
        """Namespace and name."""
        return ObjectKey(self.meta.namespace, self.meta.name)

    def value(self) -> dict[str, Json]:
        """Return the object decoded, anew each time: changing it changes nothing here."""
        decoded: dict[str, Json] = _decode_value(self.raw)
        return decoded

    def sections(self) -> dict[str, msgspec.Raw]:
        """Return the top-level fields in the server's order, each still bytes."""
        return _decode_sections(self.raw)

    def at(self, path: str | FieldPath, default: Json = None) -> Json:
        """Return the value at `path` (`spec.users[name=app].roles`), or `default` where there is none.

        Raises:
            PathSyntaxError: `path` is a text that is no path.
        """
        found = find(self.value(), parse_path(path) if isinstance(path, str) else path)
        return default if found is MISSING else found


def decode_object(raw: bytes | msgspec.Raw) -> KubeObject:
    """Return the object that `raw` writes; the bytes are copied out of the buffer that they came in.

    Raises:
        msgspec.DecodeError: not the JSON of an object with metadata.
    """
    text = bytes(raw)
    return KubeObject(_decode_envelope(text).metadata, text)


def with_type(raw: bytes | msgspec.Raw, api_version: str, kind: str) -> KubeObject:
    """Return the object with `apiVersion` and `kind` put in where it lacks them.

    Items of built-in lists come without (protocol 9.19): compared with the same object on a watch, every one of them
    would look changed. Custom resources always carry theirs and are returned as sent.

    Raises:
        msgspec.DecodeError: not the JSON of an object with metadata.
    """
    text = bytes(raw)
    envelope = _decode_envelope(text)
    if not envelope.kind:
        prefix = msgspec.json.encode({"kind": kind, "apiVersion": api_version})[:-1]
        rest = text[text.index(b"{") + 1 :].lstrip()
        text = prefix + (b"" if rest.startswith(b"}") else b",") + rest
    return KubeObject(envelope.metadata, text)
