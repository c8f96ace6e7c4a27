"""Runs the machine: the only loop, the only sleep, the only draw. It decides nothing."""

import random
from collections.abc import Callable
from threading import Event as Flag
from typing import Final

from crwatch.cache.store import StoreWriter
from crwatch.errors import CrwatchError
from crwatch.model.delta import Delta, DeltaType
from crwatch.model.notice import Batch, Counts, Notice, NoticeKind
from crwatch.model.status import Failure, FailureKind, to_error
from crwatch.model.wire import ListPage, WatchDecoder
from crwatch.reflector import machine
from crwatch.reflector.backoff import backoff_delay, watch_timeout
from crwatch.reflector.mailbox import Mailbox, MailboxClosedError
from crwatch.reflector.ports import Clock, ListerWatcher, PageRequest, WatchStream
from crwatch.reflector.states import (
    Apply,
    BeginList,
    CommitList,
    DropList,
    Effect,
    Ended,
    Event,
    Failed,
    Moment,
    OpenWatch,
    PageReceived,
    Received,
    RequestPage,
    StagePage,
    StartTimer,
    Stop,
    Stopped,
    Tell,
    TimerFired,
    WatchOpened,
)

_CUT_IN_A_LINE: Final = Failure(FailureKind.DROPPED, "the connection ended in the middle of an event")


class Driver:
    """Keeps one store equal to one selection of a server, and tells the mailbox what happens.

    Args:
        source: the server's selection.
        writer: the store's.
        mailbox: where Batches go; None where nobody wants to know, and only the store is kept.
        clock: time.
        watch: which of the watches that share the mailbox this is.
        draw: returns a number from [0, 1).
    """

    def __init__(
        self,
        source: ListerWatcher,
        writer: StoreWriter,
        mailbox: Mailbox | None,
        clock: Clock,
        *,
        watch: int = 0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._writer = writer
        self._mailbox = mailbox
        self._clock = clock
        self._watch = watch
        self._draw = draw
        self._stopping = Flag()
        self._stream: WatchStream | None = None
        self._decoder = WatchDecoder(source.resource)

    def run(self) -> None:
        """Go on until `stop`, or until a failure leaves nothing to go on with: that one closes the mailbox."""
        try:
            state, effects = machine.begin(self._moment())
            while not isinstance(state, Stopped):
                state, effects = machine.step(state, self._perform(effects))
            if state.failure and self._mailbox:
                self._mailbox.close(self._error(state.failure))
        except MailboxClosedError:
            pass
        except BaseException as error:
            if self._mailbox:
                self._mailbox.close(CrwatchError("a watch ended by a bug in crwatch", cause=repr(error)))
            raise
        finally:
            self._close_stream()

    def stop(self) -> None:
        """Make `run` return soon; from any thread, and as often as you like."""
        self._stopping.set()
        self._close_stream()

    def _perform(self, effects: tuple[Effect, ...]) -> Event:
        """Run the effects in order and return what happens next: what the last one brings, else what the watch says."""
        brought: Event | None = None
        for effect in effects:
            brought = self._act(effect)
        event = brought or self._read()
        return Stop(event.at) if self._stopping.is_set() else event

    def _act(self, effect: Effect) -> Event | None:
        match effect:
            case BeginList():
                self._writer.begin()
            case RequestPage(request):
                return self._request_page(request)
            case StagePage(page):
                self._writer.stage(page.items)
            case CommitList():
                self._commit(effect)
            case DropList():
                self._writer.drop()
            case OpenWatch(resource_version):
                return self._open_watch(resource_version)
            case Apply(events, resource_version, at):
                self._put(self._writer.apply(events, resource_version, at=at.wall), resource_version)
            case StartTimer(failures, at_least_seconds):
                return self._wait(max(backoff_delay(failures, self._draw()), at_least_seconds))
            case Tell():
                self._tell(effect)
        return None

    def _request_page(self, request: PageRequest) -> PageReceived | Failed:
        answer = self._source.list_page(request)
        at = self._moment()
        return PageReceived(at, answer) if isinstance(answer, ListPage) else Failed(at, answer)

    def _commit(self, commit: CommitList) -> None:
        since = commit.blind_since
        deltas = self._writer.commit(commit.resource_version, at=commit.at.wall, since=since.at.wall if since else None)
        notice = Notice(
            kind=NoticeKind.GAP if since else NoticeKind.SYNCED,
            at=commit.at.wall,
            cluster=self._source.cluster_name,
            resource=self._source.resource,
            since=since.at.wall if since else None,
            until=commit.at.wall,
            since_rv=since.resource_version if since else None,
            until_rv=commit.resource_version,
            counts=_count(deltas, len(self._writer.store)),
            failure=commit.failure,
        )
        # A gap is told before its changes; the first sync after what was there.
        self._put((notice, *deltas) if since else (*deltas, notice), commit.resource_version)

    def _open_watch(self, resource_version: str) -> WatchOpened | Failed:
        self._close_stream()
        self._decoder = WatchDecoder(self._source.resource)
        answer = self._source.watch(resource_version, watch_timeout(self._draw()))
        if isinstance(answer, Failure):
            return Failed(self._moment(), answer)
        self._stream = answer
        if self._stopping.is_set():
            self._close_stream()
        return WatchOpened(self._moment())

    def _read(self) -> Received | Ended | Failed:
        """Return what the open watch tells next; what came before an end comes first."""
        stream = self._stream
        while stream is not None and not self._stopping.is_set():
            answer = stream.read()
            at = self._moment()
            if isinstance(answer, Failure):
                return Failed(at, answer)
            if not answer:
                return Ended(at) if self._decoder.end() else Failed(at, _CUT_IN_A_LINE)
            if events := self._decoder.feed(answer):
                return Received(at, events)
        return Ended(self._moment())

    def _wait(self, seconds: float) -> TimerFired:
        self._close_stream()
        if seconds:
            self._clock.wait(self._stopping, seconds)
        return TimerFired(self._moment())

    def _tell(self, tell: Tell) -> None:
        notice = Notice(
            kind=tell.kind,
            at=tell.at.wall,
            cluster=self._source.cluster_name,
            resource=self._source.resource,
            since=tell.since.wall if tell.since else None,
            failure=tell.failure,
        )
        self._put((notice,), self._writer.store.position or "")

    def _put(self, items: tuple[Delta | Notice, ...], position: str) -> None:
        if self._mailbox:
            self._mailbox.put(Batch(self._watch, items, position))

    def _close_stream(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.close()

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.now())

    def _error(self, failure: Failure) -> CrwatchError:
        return to_error(failure, f"{self._source.resource.gvr.group_resource} in {self._source.cluster_name}")


def _count(deltas: tuple[Delta, ...], objects: int) -> Counts:
    types = [delta.type for delta in deltas]
    added, modified, deleted = map(types.count, (DeltaType.ADDED, DeltaType.MODIFIED, DeltaType.DELETED))
    return Counts(objects=objects, added=added, modified=modified, deleted=deleted)
