"""Every row of the machine, and what holds whatever happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crwatch.model.notice import NoticeKind
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import ADDED, BOOKMARK, ERROR, ListPage, WatchEvent
from crwatch.reflector.machine import PATIENCE_SECONDS, IllegalTransitionError, Step, begin, step
from crwatch.reflector.ports import PageRequest
from crwatch.reflector.states import (
    Apply,
    BackingOff,
    BeginList,
    CommitList,
    DropList,
    Ended,
    Event,
    Failed,
    Listing,
    Moment,
    OpenWatch,
    PageReceived,
    Received,
    RequestPage,
    StagePage,
    StartTimer,
    State,
    Stop,
    Stopped,
    Tell,
    TimerFired,
    Watching,
    WatchOpened,
)
from tests.samples import after, database


def moment(seconds: float = 0) -> Moment:
    return Moment(seconds, after(seconds))


def failure(kind: FailureKind, retry_after: float | None = None) -> Failure:
    return Failure(kind, f"{kind}", retry_after_seconds=retry_after)


def page(rv: str = "10", token: str | None = None) -> ListPage:
    return ListPage((database(),), rv, token)


def run(*events: Event) -> Step:
    """Feed the machine from its beginning, and return where that leads."""
    state, effects = begin(moment())
    for event in events:
        state, effects = step(state, event)
    return state, effects


LISTED = PageReceived(moment(), page())
OPENED = WatchOpened(moment())
GONE = failure(FailureKind.EXPIRED)
REFUSED = failure(FailureKind.UNREACHABLE)


def timer(step_: Step) -> StartTimer:
    """Return the wait that the step asks for; there is exactly one, and nothing after it."""
    state, effects = step_
    assert isinstance(state, BackingOff)
    assert isinstance(effects[-1], StartTimer)
    return effects[-1]


def test_it_begins_with_a_list_of_the_newest_state() -> None:
    """Paged, and without a resource version: consistent."""
    assert begin(moment())[1] == (BeginList(), RequestPage(PageRequest(limit=500)))


def test_pages_are_staged_and_committed_together() -> None:
    """The watch starts at the version of the list."""
    assert run(PageReceived(moment(), page(token="t")))[1] == (
        StagePage(page(token="t")),
        RequestPage(PageRequest(continue_token="t")),
    )
    _, effects = run(PageReceived(moment(), page(token="t")), LISTED)

    assert effects == (StagePage(page()), CommitList("10", moment(), None, None), OpenWatch("10"))


def test_pages_of_different_versions_are_no_list() -> None:
    """Before the first sync nothing can be made of them; nothing is committed."""
    state, effects = run(PageReceived(moment(), page("10", "t")), PageReceived(moment(), page("11")))

    assert isinstance(state, Stopped)
    assert effects == (DropList(),)


def test_an_expired_page_token_restarts_the_list_in_one_piece() -> None:
    """As client-go's pager does (protocol 1.3): the rest would be from another state."""
    _, effects = run(PageReceived(moment(), page(token="t")), Failed(moment(), GONE))

    assert effects == (DropList(), BeginList(), RequestPage(PageRequest(limit=None)))


@pytest.mark.parametrize("kind", [FailureKind.FORBIDDEN, FailureKind.UNAUTHORIZED, FailureKind.UNREACHABLE])
def test_before_the_first_sync_a_failure_that_waiting_does_not_mend_is_final(kind: FailureKind) -> None:
    """A person is waiting for the reason."""
    assert run(Failed(moment(), failure(kind)))[0] == Stopped(failure(kind))


@pytest.mark.parametrize("kind", [FailureKind.THROTTLED, FailureKind.UNAVAILABLE])
def test_a_server_that_starts_is_waited_for_but_not_for_ever(kind: FailureKind) -> None:
    """429 and 503 are retried for a minute (protocol 9.17), at least as long as the server asks."""
    assert timer(run(Failed(moment(), failure(kind, 5)))) == StartTimer(1, 5)
    late = moment(PATIENCE_SECONDS)
    assert run(Failed(moment(), failure(kind)), TimerFired(moment()), Failed(late, failure(kind)))[0] == Stopped(
        failure(kind)
    )


def test_a_watch_that_may_not_be_opened_at_all_is_final() -> None:
    """The right to list does not imply the right to watch."""
    forbidden = failure(FailureKind.FORBIDDEN)

    assert run(LISTED, Failed(moment(), forbidden))[0] == Stopped(forbidden)


def test_rights_that_are_lost_later_are_waited_for() -> None:
    """After the first watch nothing is final."""
    assert timer(run(LISTED, OPENED, Failed(moment(), failure(FailureKind.FORBIDDEN)))) == StartTimer(1)


def test_a_watch_that_the_server_ends_is_resumed_at_once_and_silently() -> None:
    """Nothing was lost, so nothing is told (terminal.md 4)."""
    state, effects = run(LISTED, OPENED, Ended(moment(300)))

    assert isinstance(state, Watching)
    assert effects == (OpenWatch("10"),)


def test_a_watch_that_ends_at_once_every_time_backs_off() -> None:
    """A broken proxy gives no hot loop (F-5)."""
    assert timer(run(LISTED, OPENED, Ended(moment(0.5)))).failures == 1
    assert (
        timer(
            run(LISTED, OPENED, Ended(moment(0.5)), TimerFired(moment(2)), WatchOpened(moment(2)), Ended(moment(2.5)))
        ).failures
        == 2
    )


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.DROPPED, FailureKind.THROTTLED])
def test_after_a_lost_connection_the_watch_resumes_where_it_was(kind: FailureKind) -> None:
    """Backed off, and without a relist."""
    cut = (LISTED, OPENED, Received(moment(1), (WatchEvent(ADDED, database(rv=12)),)), Failed(moment(2), failure(kind)))

    assert timer(run(*cut)) == StartTimer(1)
    assert run(*cut, TimerFired(moment(3)))[1] == (OpenWatch("12"),)


def test_after_a_410_everything_is_listed_and_the_blind_span_is_told() -> None:
    """At once; blind since the last bookmark, not since the failure (protocol 9.9)."""
    bookmark = Received(moment(5), (WatchEvent(BOOKMARK, database(rv=40)),))
    expired = Received(moment(9), (WatchEvent(ERROR, failure=GONE),))
    assert timer(run(LISTED, OPENED, bookmark, expired)) == StartTimer(0)

    relisted = PageReceived(moment(11), page("60"))
    state, effects = run(LISTED, OPENED, bookmark, expired, TimerFired(moment(10)), relisted)
    commit = next(effect for effect in effects if isinstance(effect, CommitList))

    assert isinstance(state, Watching)
    assert commit.blind_since is not None
    assert (commit.blind_since.at, commit.blind_since.resource_version, commit.failure) == (moment(5), "40", GONE)
    assert effects[-1] == OpenWatch("60")


def test_a_410_every_time_backs_off() -> None:
    """The first is normal for custom resources, a row of them is not (I7)."""
    again = run(
        LISTED, OPENED, Failed(moment(1), GONE), TimerFired(moment(1)), PageReceived(moment(1), page()), OPENED,
        Failed(moment(2), GONE),
    )  # fmt: skip

    assert timer(again).failures == 2


def test_what_came_before_an_error_event_is_applied_first() -> None:
    """And nothing after it: the position is that of the last event applied."""
    events = (WatchEvent(ADDED, database(rv=11)), WatchEvent(ERROR, failure=GONE), WatchEvent(ADDED, database(rv=12)))
    _, effects = run(LISTED, OPENED, Received(moment(1), events))

    assert effects[0] == Apply(events[:1], "11", moment(1))
    assert isinstance(effects[-1], StartTimer)


def test_a_bookmark_moves_the_position_and_nothing_else() -> None:
    """It carries no object."""
    _, effects = run(LISTED, OPENED, Received(moment(1), (WatchEvent(BOOKMARK, database(rv=40)),)))

    assert effects == (Apply((), "40", moment(1)),)


def test_an_unknown_event_type_is_skipped() -> None:
    """A newer server may send what we do not know (F-9)."""
    _, effects = run(LISTED, OPENED, Received(moment(1), (WatchEvent("SHINY", database(rv=40)),)))

    assert effects == ()


def test_an_event_without_a_version_is_never_applied() -> None:
    """We would not know where to resume (F-9)."""
    _, effects = run(LISTED, OPENED, Received(moment(1), (WatchEvent(ADDED, database(rv="")),)))

    assert not any(isinstance(effect, Apply) for effect in effects)
    assert isinstance(effects[-1], StartTimer)


def test_failures_are_forgotten_after_two_minutes_without_one() -> None:
    """And not as soon as something works: a server that flaps is not hammered."""
    reopened = (Failed(moment(1), REFUSED), TimerFired(moment(2)), WatchOpened(moment(2)))

    assert timer(run(LISTED, OPENED, *reopened, Failed(moment(60), REFUSED))).failures == 2
    assert timer(run(LISTED, OPENED, *reopened, Failed(moment(122), REFUSED))).failures == 1


def test_an_outage_is_told_from_its_first_failure_on() -> None:
    """However many tries there are."""
    _, effects = run(
        LISTED, OPENED, Failed(moment(30), REFUSED), TimerFired(moment(31)), Failed(moment(35), REFUSED)
    )  # fmt: skip

    assert effects[0] == Tell(NoticeKind.RECONNECTING, moment(35), moment(30), REFUSED)


def test_what_cannot_happen_is_a_bug_and_said() -> None:
    """A page while watching was never asked for."""
    with pytest.raises(IllegalTransitionError):
        run(LISTED, OPENED, LISTED)


FAILURES = st.sampled_from([failure(kind) for kind in FailureKind])


def possible(state: State, seconds: float, version: int) -> st.SearchStrategy[Event]:
    """Events that can meet a state."""
    at = moment(seconds)
    failed = FAILURES.map(lambda f: Failed(at, f))
    match state:
        case Listing():
            token = st.sampled_from([None, "t"])
            return failed | token.map(lambda t: PageReceived(at, page(state.resource_version or str(version), t)))
        case Watching(opened=None):
            return failed | st.just(WatchOpened(at))
        case Watching():
            events = st.sampled_from(
                [WatchEvent(ADDED, database(rv=version)), WatchEvent(BOOKMARK, database(rv=version))]
            ) | FAILURES.map(lambda f: WatchEvent(ERROR, failure=f))
            received = st.lists(events, min_size=1, max_size=3).map(lambda e: Received(at, tuple(e)))
            return failed | received | st.just(Ended(at))
        case _:
            return st.just(TimerFired(at))


@given(data=st.data())
def test_whatever_happens_failures_wait_and_the_position_holds(data: st.DataObject) -> None:
    """No failure leads to a request without a timer; only a complete list replaces; a position never goes back."""
    state, effects = begin(moment())
    seconds, staged, reached = 0.0, False, 0
    for version in range(10, 40):
        if isinstance(state, Stopped):
            assert reached == 0, "after the first sync nothing but Stop ends it"
            return
        seconds += data.draw(st.floats(0, 200))
        event = data.draw(possible(state, seconds, version))
        was_open = isinstance(state, Watching) and state.opened is not None
        synced = was_open or reached > 0
        state, effects = step(state, event)
        if isinstance(event, Failed) and synced and not isinstance(state, Listing | Stopped):
            assert isinstance(effects[-1], StartTimer)
        for effect in effects:
            match effect:
                case StagePage():
                    staged = True
                case DropList() | BeginList():
                    staged = False
                case CommitList(resource_version):
                    assert staged
                    reached = int(resource_version)
                case Apply(_, resource_version) | OpenWatch(resource_version):
                    assert int(resource_version) >= reached
                    reached = max(reached, int(resource_version))
                case _:
                    pass
        if not was_open and isinstance(state, Stopped) and reached:
            assert isinstance(event, Failed), "refused before any watch was open"
            return
    assert step(state, Stop(moment(seconds)))[0] == Stopped()
