"""Watch Kubernetes custom resources and see what changes in them, field by field.

How data flows, from bytes to a line::

    kube.stream        reads what the socket has, and takes the chunks off
    model.wire         cuts it into lines and decodes the envelope; the object stays bytes
    reflector.machine  decides, purely: (state, event) -> (state, effects)
    reflector.driver   acts: the only loop, the only sleep; requests, timers, the store
    cache.store        keeps the bytes of each object and concludes Deltas
    reflector.mailbox  hands Batches of Deltas and Notices to the one consumer
    reflector.informer asks the past about objects that left or entered the selection
    diff.lens          explains a Delta: masked, compared, folded, attributed. Now it is a Change
    diff.reading       reads a Change for people: transitions, durations, who takes turns
    render             writes Changes and Notices; nothing else writes

`operations` are the verbs above this, `cli` the words above those. Imports point down only; the contract stands in
pyproject.toml. The names below are loaded when they are first used, so that `import crwatch` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crwatch.diff.change import Change, Diff, FieldChange
    from crwatch.diff.compare import compare
    from crwatch.diff.lens import Lens
    from crwatch.diff.rules import Rules
    from crwatch.errors import (
        ConnectError,
        CrwatchError,
        ForbiddenError,
        NotFoundError,
        NotServedError,
        ReaderGoneError,
        ServerError,
        TimeLimitError,
        UnauthorizedError,
        UsageError,
        VersionExpiredError,
    )
    from crwatch.kube.cluster import Cluster, connect
    from crwatch.kube.collection import Collection
    from crwatch.model.delta import Delta
    from crwatch.model.notice import Notice
    from crwatch.model.objects import KubeObject
    from crwatch.operations.tail import tail
    from crwatch.reflector.informer import Informer
    from crwatch.values.schema import ListKeys

_HOMES = {
    "Change": "crwatch.diff.change",
    "Cluster": "crwatch.kube.cluster",
    "Collection": "crwatch.kube.collection",
    "ConnectError": "crwatch.errors",
    "CrwatchError": "crwatch.errors",
    "Delta": "crwatch.model.delta",
    "Diff": "crwatch.diff.change",
    "FieldChange": "crwatch.diff.change",
    "ForbiddenError": "crwatch.errors",
    "Informer": "crwatch.reflector.informer",
    "KubeObject": "crwatch.model.objects",
    "Lens": "crwatch.diff.lens",
    "ListKeys": "crwatch.values.schema",
    "NotFoundError": "crwatch.errors",
    "NotServedError": "crwatch.errors",
    "Notice": "crwatch.model.notice",
    "ReaderGoneError": "crwatch.errors",
    "Rules": "crwatch.diff.rules",
    "ServerError": "crwatch.errors",
    "TimeLimitError": "crwatch.errors",
    "UnauthorizedError": "crwatch.errors",
    "UsageError": "crwatch.errors",
    "VersionExpiredError": "crwatch.errors",
    "compare": "crwatch.diff.compare",
    "connect": "crwatch.kube.cluster",
    "tail": "crwatch.operations.tail",
}

__all__ = [
    "Change",
    "Cluster",
    "Collection",
    "ConnectError",
    "CrwatchError",
    "Delta",
    "Diff",
    "FieldChange",
    "ForbiddenError",
    "Informer",
    "KubeObject",
    "Lens",
    "ListKeys",
    "NotFoundError",
    "NotServedError",
    "Notice",
    "ReaderGoneError",
    "Rules",
    "ServerError",
    "TimeLimitError",
    "UnauthorizedError",
    "UsageError",
    "VersionExpiredError",
    "compare",
    "connect",
    "tail",
]


def __getattr__(name: str) -> object:
    """Return a public name, loading its module now (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crwatch' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
