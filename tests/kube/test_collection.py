import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crwatch.errors import ServerError, UsageError, VersionExpiredError
from crwatch.files import CacheFolder
from crwatch.kube.collection import Collection
from crwatch.kube.patience import Patience
from crwatch.kube.schemas import Schemas
from crwatch.kube.transport import Transport
from crwatch.model.objects import ObjectKey
from crwatch.model.resource import GroupVersionResource, ResourceType
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import ListPage
from crwatch.reflector.ports import ListerWatcher, PageRequest
from tests.kube.scripted import CHUNKED, LAST_CHUNK, ScriptedServer, Then, To, response

RESOURCE = ResourceType(GroupVersionResource("stable.example.com", "v1", "databaseclusters"), "DatabaseCluster", True)
PATH = "/apis/stable.example.com/v1/namespaces/shop/databaseclusters"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)


@pytest.fixture
def time() -> Time:
    """The time in which requests are repeated."""
    return Time()


@pytest.fixture
def collection(server: ScriptedServer, to: To, time: Time) -> Collection:
    """Databases of `shop` on the scripted server, under both selectors."""
    return make(to(server.url), time, Selection("shop", None, "app=db", "spec.tier=gold"))


def make(transport: Transport, time: Time, selection: Selection) -> Collection:
    patience = Patience(monotonic=time.monotonic, sleep=time.sleep, draw=lambda: 0.0)
    return Collection(
        transport,
        patience,
        cluster_name="prod",
        server="https://c",
        resource=RESOURCE,
        selection=selection,
        schemas=Schemas(transport, server="https://c", cache=CacheFolder("/nonexistent")),
    )


def page(*names: str, version: str = "7", token: str = "") -> bytes:
    meta = {"resourceVersion": version, "continue": token}
    items = [{"kind": "DatabaseCluster", "metadata": {"name": name}} for name in names]
    return response(200, json.dumps({"kind": "DatabaseClusterList", "metadata": meta, "items": items}).encode())


def refusal(code: int, reason: str, message: str, **details: Any) -> bytes:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    return response(code, json.dumps(body).encode())


EXPIRED = refusal(410, "Expired", "The provided continue parameter is too old")
TOO_LARGE = refusal(
    504,
    "Timeout",
    "Too large resource version: 99, current: 42",
    causes=[{"reason": "ResourceVersionTooLarge"}],
    retryAfterSeconds=1,
)


def queries(server: ScriptedServer) -> list[dict[str, str]]:
    parsed = [urlsplit(request.target) for request in server.requests]
    assert {url.path for url in parsed} == {PATH}
    return [{key: texts[0] for key, texts in parse_qs(url.query).items()} for url in parsed]


def names(pages: list[ListPage]) -> list[list[str]]:
    return [[item.meta.name for item in one.items] for one in pages]


SELECTORS = {"labelSelector": "app=db", "fieldSelector": "spec.tier=gold"}
EXACTLY = {"resourceVersion": "7", "resourceVersionMatch": "Exact"}


def test_pages_follow_the_token_and_name_a_version_only_at_first(
    server: ScriptedServer, collection: Collection
) -> None:
    """A version beside a token is a 400; one without its match means something else."""
    for script in (page("a", token="t1"), page(token="t2"), page("b")):
        server.answer(script)
    assert names(list(collection.pages(at="7"))) == [["a"], [], ["b"]]
    limited = {**SELECTORS, "limit": "500"}
    assert queries(server) == [{**limited, **EXACTLY}, {**limited, "continue": "t1"}, {**limited, "continue": "t2"}]
    source: ListerWatcher = collection
    server.answer(page("c", version="9"))
    answer = source.list_page(PageRequest())
    assert isinstance(answer, ListPage)
    assert (answer.resource_version, answer.continue_token) == ("9", None)
    assert queries(server)[3] == limited


def test_an_expired_token_lists_everything_anew_in_one_page(server: ScriptedServer, collection: Collection) -> None:
    """What is listed anew takes the place of what came before (protocol 1.3)."""
    for script in (page("a", "b", token="t1"), EXPIRED, page("b", "c", version="12")) * 2:
        server.answer(script)
    assert names(list(collection.pages())) == [["a", "b"], ["b", "c"]]
    assert queries(server)[2] == SELECTORS
    whole = collection.whole()
    assert (names([whole]), whole.resource_version) == ([["b", "c"]], "12")


def test_an_expired_token_of_a_list_at_a_version_is_the_end(server: ScriptedServer, collection: Collection) -> None:
    """Another version would not be what was asked for (protocol 9.13)."""
    server.answer(page("a", token="t1"))
    server.answer(EXPIRED)
    with pytest.raises(
        VersionExpiredError, match="resource version 7 is older than what the server still knows"
    ) as caught:
        list(collection.pages(at="7"))
    assert caught.value.cause == "The provided continue parameter is too old"


def test_pages_of_two_versions_are_no_list(server: ScriptedServer, collection: Collection) -> None:
    """It would mix two states."""
    server.answer(page("a", token="t1"))
    server.answer(page("b", version="8"))
    with pytest.raises(ServerError, match="changed its resource version between pages, from 7 to 8"):
        list(collection.pages())


def test_what_passes_is_asked_again_until_the_time_is_over(
    server: ScriptedServer, collection: Collection, time: Time
) -> None:
    """A server that starts: 429 and 503 pass, and Retry-After is a least wait (protocol 9.17)."""
    server.answer(response(429, b"busy", "Retry-After: 5"))
    server.answer(response(503, b"starting"))
    server.answer(page("a"))
    assert names(list(collection.pages())) == [["a"]]
    assert time.slept == [5.0, 1.6]
    for _ in range(20):
        server.answer(response(503, b"down"))
    with pytest.raises(ServerError, match="the server failed to answer for databaseclusters"):
        list(collection.pages())
    assert 30 < sum(time.slept[2:]) <= 60


def test_a_version_that_has_not_happened_is_asked_for_three_times_more(
    server: ScriptedServer, collection: Collection, time: Time
) -> None:
    """A server may lag for a moment; then the words typed are wrong (protocol 9.4)."""
    for _ in range(4):
        server.answer(TOO_LARGE)
    with pytest.raises(UsageError, match="resource version 99 has not happened here") as caught:
        list(collection.pages(at="99"))
    assert caught.value.hint == "the newest one is 42"
    assert (time.slept, len(server.requests)) == ([1.0, 1.0, 1.0], 4)


@pytest.mark.parametrize("text", ["0", "007", "-1", "1.5", "abc", "", "１"])
def test_what_is_no_version_is_refused_before_any_request(
    server: ScriptedServer, collection: Collection, text: str
) -> None:
    """The server takes 007 for 7, and answers 500 to some."""
    with pytest.raises(UsageError, match="is no resource version"):
        collection.pages(at=text)
    assert not server.requests


def test_a_watch_asks_for_bookmarks_and_an_end(server: ScriptedServer, collection: Collection) -> None:
    """And for nothing that a watch does not know."""
    server.answer(CHUNKED, LAST_CHUNK)
    stream = collection.watch("7", 300)
    assert not isinstance(stream, Failure)
    assert stream.read() == b""
    (query,) = queries(server)
    asked = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": "300", "resourceVersion": "7"}
    assert query == {**SELECTORS, **asked}


def test_the_past_is_asked_by_name_whatever_the_selection(server: ScriptedServer, collection: Collection) -> None:
    """Under the selectors the answer would always be no (protocol 9.6)."""
    key = ObjectKey("shop", "a")
    server.answer(page("a"))
    server.answer(page())
    server.answer(EXPIRED)
    found, none, failed = (collection.look_up(key, "7") for _ in range(3))
    assert found is not None
    assert not isinstance(found, Failure)
    assert found.meta.name == "a"
    assert none is None
    assert isinstance(failed, Failure)
    assert failed.kind == FailureKind.EXPIRED
    assert queries(server) == [{"fieldSelector": "metadata.name=a", **EXACTLY}] * 3


def test_the_past_is_not_waited_for(
    server: ScriptedServer, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds, then the reason is unknown."""
    monkeypatch.setattr("crwatch.kube.collection._LOOK_UP_SECONDS", 0.1)
    server.answer(Then.STALL)
    assert isinstance(collection.look_up(ObjectKey("shop", "a"), "7"), Failure)


def test_one_object_is_there_or_not(server: ScriptedServer, collection: Collection, to: To, time: Time) -> None:
    """A kind that is not served is no absent object."""
    server.answer(response(200, b'{"metadata":{"name":"a"}}\n'))
    found = collection.get("a")
    assert found is not None
    assert found.raw == b'{"kind":"DatabaseCluster","apiVersion":"stable.example.com/v1","metadata":{"name":"a"}}'
    assert server.requests[0].target == f"{PATH}/a"
    server.answer(refusal(404, "NotFound", 'databaseclusters "a" not found'))
    assert collection.get("a") is None
    for body in (response(404, b"404 page not found"), response(200, b"<html>")):
        server.answer(body)
        with pytest.raises(ServerError):
            collection.get("a")
    with pytest.raises(UsageError):
        make(to(server.url), time, Selection()).get("a")


def test_tables_are_the_servers_and_a_plain_list_is_none(server: ScriptedServer, collection: Collection) -> None:
    """The columns are the CRD author's choice."""
    table = {
        "kind": "Table",
        "metadata": {"resourceVersion": "7"},
        "columnDefinitions": [{"name": "Name", "type": "string"}],
        "rows": [{"cells": ["a"], "object": {"metadata": {"name": "a"}}}],
    }
    server.answer(response(200, json.dumps(table).encode()))
    (answer,) = collection.tables()
    assert [column.name for column in answer.columns] == ["Name"]
    assert answer.rows[0].meta.name == "a"
    assert "as=Table" in (server.requests[0].header("accept") or "")
    server.answer(page("a"))
    with pytest.raises(ServerError):
        list(collection.tables())
