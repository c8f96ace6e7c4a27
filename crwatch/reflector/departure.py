"""Left or deleted, entered or created: under a selector the wire says the same for both, so the past is asked.

The question goes to the state at exactly the version in question (LIST Exact by name): what is there now would be a
race (protocol 9.6). It is asked by the consumer, never in the watch's way.
"""

from typing import Final

import msgspec

from crwatch.model.delta import Delta, DeltaType, Reason
from crwatch.model.notice import Batch, Notice
from crwatch.model.objects import KubeObject
from crwatch.model.status import Failure
from crwatch.reflector.ports import ListerWatcher

LIMIT: Final = 20
"""Questions for one batch; what is beyond them is `unknown`."""

_ARRIVED: Final = {True: Reason.ENTERED_SELECTION, False: Reason.CREATED}
_GONE: Final = {True: Reason.LEFT_SELECTION, False: Reason.DELETED}


def judge(delta: Delta, answer: KubeObject | Failure | None) -> Delta:
    """Return the Delta with its reason, and with the other side where the object was outside the selection.

    Args:
        delta: added or deleted, under a selector.
        answer: the object at the version asked for, regardless of the selection; None where there was none.
    """
    if isinstance(answer, Failure):
        return msgspec.structs.replace(delta, reason=Reason.UNKNOWN)
    outside = answer is not None and answer.meta.uid == delta.meta.uid
    if delta.type == DeltaType.ADDED:
        return msgspec.structs.replace(delta, reason=_ARRIVED[outside], before=answer if outside else None)
    return msgspec.structs.replace(delta, reason=_GONE[outside], after=answer if outside else None)


def version_to_ask(delta: Delta, since_rv: str | None = None) -> str | None:
    """Return the version at which the object is to be looked up, or None where there is none to ask.

    Args:
        delta: added or deleted.
        since_rv: for a net difference, the version of its older side.
    """
    if delta.type == DeltaType.DELETED:
        return delta.resource_version
    if delta.gap:
        return since_rv
    version = delta.resource_version
    return str(int(version) - 1) if version.isdecimal() and int(version) > 1 else None


class Departures:
    """Gives every added and deleted Delta of one source its reason."""

    def __init__(self, source: ListerWatcher) -> None:
        self._source = source

    def resolve(self, batch: Batch) -> Batch:
        """Return the batch with reasons; without a selector nothing is asked, else at most `LIMIT` questions."""
        since_rv: str | None = None
        left = LIMIT
        items: list[Delta | Notice] = []
        for item in batch.items:
            if isinstance(item, Notice):
                since_rv = item.since_rv or since_rv
                items.append(item)
                continue
            resolved = self.reason(item, since_rv, may_ask=left > 0)
            left -= resolved is not item
            items.append(resolved)
        return msgspec.structs.replace(batch, items=tuple(items))

    def reason(self, delta: Delta, since_rv: str | None = None, *, may_ask: bool = True) -> Delta:
        """Return the Delta with its reason; the same one where there is nothing to find out.

        Args:
            delta: any.
            since_rv: for a net difference, the version of its older side.
            may_ask: whether a request may be made; without one the reason under a selector is `unknown`.
        """
        if delta.type == DeltaType.MODIFIED or delta.initial or delta.reason:
            return delta
        if not self._source.selection.narrows:
            reason = Reason.CREATED if delta.type == DeltaType.ADDED else Reason.DELETED
            return msgspec.structs.replace(delta, reason=reason)
        version = version_to_ask(delta, since_rv) if may_ask else None
        if version is None:
            return msgspec.structs.replace(delta, reason=Reason.UNKNOWN)
        return judge(delta, self._source.look_up(delta.key, version))
