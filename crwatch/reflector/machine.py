"""What a reflector does next: `step`, pure, one row a transition.

    Listing ──last page──► Watching ◄──timer── BackingOff
      ▲  └──failure──► BackingOff   └──failure, quick end──►┘
      └──timer, after 410────────────────────────────────────┘

Every way from a failure to a request passes a timer, so a sick server is never hammered by accident. Before the first
sync only waiting can help against a failure that waiting mends (429, 503), and not for ever; any other one is final.
After it nothing is final: we go on trying.
"""

from typing import Final

from crwatch.model.notice import NoticeKind
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import ADDED, BOOKMARK, DELETED, MODIFIED, WatchEvent
from crwatch.reflector.backoff import RESET_SECONDS
from crwatch.reflector.ports import PageRequest
from crwatch.reflector.states import (
    Apply,
    BackingOff,
    BeginList,
    CommitList,
    DropList,
    Effect,
    Ended,
    Event,
    Failed,
    Listing,
    Moment,
    OpenWatch,
    PageReceived,
    Received,
    RequestPage,
    Sight,
    StagePage,
    StartTimer,
    State,
    Stop,
    Stopped,
    Tell,
    TimerFired,
    Trouble,
    Watching,
    WatchOpened,
)

PATIENCE_SECONDS: Final = 60.0
"""How long a server that starts or is overloaded is waited for before the first sync (protocol 9.17)."""
SHORT_WATCH_SECONDS: Final = 1.0
"""A watch that ends sooner and has told nothing counts as a failure (client-go's VeryShortWatchError)."""

_SHORT_WATCH: Final = Failure(FailureKind.DROPPED, "the server ended the watch at once, with nothing told")
_OTHER_VERSION: Final = Failure(FailureKind.UNREADABLE, "the pages of one list have different resource versions")
_NO_VERSION: Final = Failure(FailureKind.UNREADABLE, "an event has no resource version")
_REFUSED: Final = frozenset({FailureKind.FORBIDDEN, FailureKind.NOT_ALLOWED, FailureKind.BAD_REQUEST})
_RELIST: Final = frozenset({FailureKind.EXPIRED, FailureKind.TOO_LARGE})
"""After these the position means nothing to the server; after any other failure the watch resumes where it was."""
_HARMLESS: Final = _RELIST | {FailureKind.SILENT}

Step = tuple[State, tuple[Effect, ...]]


class IllegalTransitionError(AssertionError):
    """An event cannot happen in the state that it met: a bug of the driver."""


def begin(at: Moment) -> Step:
    """Return the first state and its effects: list everything."""
    return _list(Listing(at))


def step(state: State, event: Event) -> Step:  # noqa: C901, PLR0911 - one row a transition
    """Return the next state and the effects to run, in order; the last one brings the next event.

    Where no effect asks for anything, the next event comes from the open watch.

    Raises:
        IllegalTransitionError: `event` cannot happen in `state`.
    """
    match state, event:
        case _, Stop():
            return Stopped(), ()
        case Listing(), PageReceived():
            return _page(state, event)
        case Listing(), Failed(at, failure):
            return _list_failed(state, at, failure)
        case Watching(opened=None, sight=sight, trouble=trouble), WatchOpened(at):
            return Watching(sight, _well(trouble), at), (Tell(NoticeKind.LIVE, at),)
        case Watching(), Received(at, events):
            return _received(state, at, events)
        case Watching(opened=Moment(opened), heard=heard, sight=sight, trouble=trouble), Ended(at):
            if not heard and at.monotonic - opened < SHORT_WATCH_SECONDS:
                return _watch_failed(state, at, _SHORT_WATCH)
            return Watching(sight, trouble), (OpenWatch(sight.resource_version),)
        case Watching(first=True), Failed(_, Failure(kind)) if kind in _REFUSED:
            return Stopped(event.failure), ()
        case Watching(), Failed(at, failure):
            return _watch_failed(state, at, failure)
        case BackingOff(started, sight, trouble, relist), TimerFired():
            if sight is None or relist:
                return _list(Listing(started, sight, trouble))
            return Watching(sight, trouble), (OpenWatch(sight.resource_version),)
    raise IllegalTransitionError(f"{event!r} in {state!r}")


def _list(state: Listing, request: PageRequest = PageRequest()) -> Step:  # noqa: B008 - frozen
    return state, (BeginList(), RequestPage(request))


def _page(state: Listing, event: PageReceived) -> Step:
    page = event.page
    if state.resource_version not in {None, page.resource_version}:
        return _list_failed(state, event.at, _OTHER_VERSION)
    if page.continue_token:
        after = Listing(state.started, state.sight, state.trouble, page.resource_version)
        return after, (StagePage(page), RequestPage(PageRequest(continue_token=page.continue_token)))
    commit = CommitList(page.resource_version, event.at, state.sight, state.trouble.failure)
    sight = Sight(event.at, page.resource_version)
    watching = Watching(sight, state.trouble, first=state.sight is None)
    return watching, (StagePage(page), commit, OpenWatch(page.resource_version))


def _list_failed(state: Listing, at: Moment, failure: Failure) -> Step:
    if failure.kind == FailureKind.EXPIRED and state.resource_version is not None:
        # A continue token expired between two pages: all in one, as client-go's pager does (protocol 1.3).
        again, effects = _list(Listing(state.started, state.sight, state.trouble), PageRequest(limit=None))
        return again, (DropList(), *effects)
    waited = at.monotonic - state.started.monotonic
    if state.sight is None and not (failure.passes and waited < PATIENCE_SECONDS):
        return Stopped(failure), (DropList(),)
    trouble = _worse(state.trouble, at, failure)
    waiting, effects = _back_off(BackingOff(state.started, state.sight, trouble, relist=True), at)
    return waiting, (DropList(), *effects)


def _received(state: Watching, at: Moment, events: tuple[WatchEvent, ...]) -> Step:
    """Apply what came up to the first failure, then deal with that."""
    changes: list[WatchEvent] = []
    version: str | None = None
    failure: Failure | None = None
    for event in events:
        sent = event.object
        if event.failure is not None:
            failure = event.failure
            break
        if event.type not in {ADDED, MODIFIED, DELETED, BOOKMARK} or sent is None:
            continue
        if not sent.meta.resource_version:
            failure = _NO_VERSION
            break
        version = sent.meta.resource_version
        if event.type != BOOKMARK:
            changes.append(event)
    sight = Sight(at, version) if version else state.sight
    after = Watching(sight, state.trouble, state.opened, heard=True)
    applied = (Apply(tuple(changes), version, at),) if version else ()
    if failure is None:
        return after, applied
    waiting, effects = _watch_failed(after, at, failure)
    return waiting, (*applied, *effects)


def _watch_failed(state: Watching, at: Moment, failure: Failure) -> Step:
    trouble = _worse(state.trouble, at, failure)
    return _back_off(BackingOff(at, state.sight, trouble, relist=failure.kind in _RELIST), at)


def _back_off(state: BackingOff, at: Moment) -> Step:
    trouble, failure = state.trouble, state.trouble.failure
    floor = (failure.retry_after_seconds if failure else None) or 0.0
    # A first 410 or a first silence does not speak of a server in trouble: no reason to wait.
    harmless = failure is not None and failure.kind in _HARMLESS and trouble.failures == 1
    timer = StartTimer(0 if harmless else trouble.failures, floor)
    return state, (Tell(NoticeKind.RECONNECTING, at, trouble.since, failure), timer)


def _worse(trouble: Trouble, at: Moment, failure: Failure) -> Trouble:
    recent = trouble.last is not None and at.monotonic - trouble.last < RESET_SECONDS
    return Trouble((trouble.failures if recent else 0) + 1, at.monotonic, trouble.since or at, failure)


def _well(trouble: Trouble) -> Trouble:
    """The outage is over; how often there was one of late is kept, so that a flapping server is not hammered."""
    return Trouble(trouble.failures, trouble.last)
