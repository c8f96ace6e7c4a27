"""Watch Kubernetes custom resources and see what changes in them, field by field.

How data flows, from bytes to a line::

    kube.transport     reads what the socket has
    model.wire         cuts it into lines and decodes the envelope; the object stays bytes
    reflector.machine  decides, purely: (state, event) -> (state, effects)
    reflector.driver   acts: the only loop, the only sleep; requests, timers, the store
    cache.store        keeps the bytes of each object and concludes Deltas
    reflector.mailbox  hands Batches of Deltas and Notices to the one consumer
    reflector.informer asks the past about objects that left or entered the selection
    diff.lens          explains a Delta: masked, compared, folded, attributed. Now it is a Change
    render             writes Changes and Notices; nothing else writes

`operations` are the verbs above this, `cli` the words above those. Imports point down only; the contract stands in
pyproject.toml. The names below are loaded when they are first used, so that `import crwatch` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crwatch.diff.change import Change, Diff, FieldChange
    from crwatch.errors import CrwatchError
    from crwatch.model.delta import Delta
    from crwatch.model.notice import Notice
    from crwatch.model.objects import KubeObject

_HOMES = {
    "Change": "crwatch.diff.change",
    "CrwatchError": "crwatch.errors",
    "Delta": "crwatch.model.delta",
    "Diff": "crwatch.diff.change",
    "FieldChange": "crwatch.diff.change",
    "KubeObject": "crwatch.model.objects",
    "Notice": "crwatch.model.notice",
}

__all__ = ["Change", "CrwatchError", "Delta", "Diff", "FieldChange", "KubeObject", "Notice"]


def __getattr__(name: str) -> object:
    """Return a public name, loading its module now (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crwatch' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
