import json
from typing import Any

import pytest

from crwatch.errors import ForbiddenError, NotServedError, ServerError, UsageError
from crwatch.kube.discovery import Discovery, find, near_miss
from crwatch.kube.patience import Patience
from crwatch.model.resource import GroupVersionResource, ResourceType
from tests.kube.scripted import ScriptedServer, To, response


def kind(
    name: str, plural: str, group: str = "", version: str = "v1", *, short: str = "", categories: tuple[str, ...] = ()
) -> ResourceType:
    gvr = GroupVersionResource(group, version, plural)
    return ResourceType(gvr, name, True, name.lower(), (short,) if short else (), categories, ("list", "watch"))


EVENTS = kind("Event", "events", short="ev")
NEW_EVENTS = kind("Event", "events", "events.k8s.io", short="ev")
DATABASES = kind(
    "DatabaseCluster", "databaseclusters", "stable.example.com", short="dbcluster", categories=("db", "all")
)
OLD_DATABASES = kind("DatabaseCluster", "databaseclusters", "stable.example.com", "v1beta1", categories=("db", "all"))
CNPG = kind("Cluster", "clusters", "postgresql.cnpg.io", categories=("all",))
CAPI = kind("Cluster", "clusters", "cluster.x-k8s.io", "v1beta1")
SHORT = kind("Backup", "backups", "example.com", short="clusters.example.com")
CL = kind("Clause", "clauses", "law.example.com", short="cluster")
KNOWN = (EVENTS, NEW_EVENTS, DATABASES, OLD_DATABASES, CNPG, CAPI)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("databaseclusters", (DATABASES,)),
        ("DatabaseCluster", (DATABASES,)),
        ("dbcluster", (DATABASES,)),
        ("databaseclusters.stable.example.com", (DATABASES,)),
        ("databasecluster.v1beta1.stable.example.com", (OLD_DATABASES,)),
        ("databaseclusters.v1.stable.example.com", (DATABASES,)),
        ("databaseclusters.v2.stable.example.com", ()),
        ("events", (EVENTS,)),
        ("events.events.k8s.io", (NEW_EVENTS,)),
        ("events.v1", (EVENTS,)),
        ("clusters.cluster.x-k8s.io", (CAPI,)),
        ("db", (DATABASES,)),
        ("all", (DATABASES, CNPG)),
        ("nosuch", ()),
        ("", ()),
    ],
)
def test_a_kind_is_found_by_every_name_that_kubectl_takes(text: str, expected: tuple[ResourceType, ...]) -> None:
    """In the preferred version, unless one is typed; the core group wins over its copies."""
    assert find(text, KNOWN) == expected


def test_a_name_of_two_kinds_is_an_error_that_lists_them() -> None:
    """Kubectl takes the first in silence."""
    with pytest.raises(UsageError) as caught:
        find("clusters", KNOWN)
    assert caught.value.message == '"clusters" names two kinds'
    assert caught.value.cause == "clusters.postgresql.cnpg.io/v1    clusters.cluster.x-k8s.io/v1beta1"
    assert caught.value.hint == "clusters.postgresql.cnpg.io   names the first"


def test_a_kinds_own_name_wins_over_anothers_short_name() -> None:
    """A short name is whatever a CRD's author liked."""
    assert find("cluster", (CL, CNPG)) == (CNPG,)


def test_a_version_that_was_typed_wins_over_a_group_of_that_name() -> None:
    """`a.b.c` is resource.version.group first, as with kubectl."""
    odd = kind("Odd", "widgets", "v1.example.com")
    widget = kind("Widget", "widgets", "example.com")
    assert find("widgets.v1.example.com", (odd, widget)) == (widget,)
    assert find("widgets.v1.example.com", (odd,)) == (odd,)


def test_a_near_miss_is_asked_about() -> None:
    """With the full name and the short one to type."""
    assert near_miss("databseclusters", KNOWN) == "did you mean databaseclusters.stable.example.com (dbcluster)?"
    assert near_miss("clustres.cluster.x-k8s.io", KNOWN) == "did you mean clusters.cluster.x-k8s.io?"
    assert near_miss("nosuch", KNOWN) is None


@pytest.fixture
def discovery(server: ScriptedServer, to: To) -> Discovery:
    """What the scripted server has."""
    return Discovery(to(server.url), Patience(sleep=lambda _: None), server="s")


def say(server: ScriptedServer, body: Any, status: int = 200) -> None:
    server.answer(response(status, json.dumps(body).encode() if not isinstance(body, bytes) else body))


AGGREGATED = {
    "kind": "APIGroupDiscoveryList",
    "items": [
        {
            "metadata": {"name": "stable.example.com"},
            "versions": [
                {
                    "version": "v1",
                    "freshness": "Current",
                    "resources": [
                        {
                            "resource": "databaseclusters",
                            "responseKind": {"group": "", "version": "", "kind": "DatabaseCluster"},
                            "scope": "Namespaced",
                            "singularResource": "databasecluster",
                            "shortNames": ["dbcluster"],
                            "categories": ["db", "all"],
                            "verbs": ["list", "watch"],
                            "subresources": [{"subresource": "status", "verbs": ["get"]}],
                        }
                    ],
                }
            ],
        }
    ],
}


def test_aggregated_discovery_is_two_requests_asked_once(server: ScriptedServer, discovery: Discovery) -> None:
    """`/api` may be a list of paths: then there is no core group, and no error."""
    say(server, {"paths": ["/apis"]})
    say(server, AGGREGATED)
    assert discovery.resolve("dbcluster") == discovery.resolve("db") == (DATABASES,)
    assert [request.target for request in server.requests] == ["/api", "/apis"]
    accept = server.requests[1].header("accept") or ""
    assert accept.split(",")[0] == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def test_a_kind_that_is_new_is_found_without_a_restart(server: ScriptedServer, discovery: Discovery) -> None:
    """A CRD may be created while a program runs; the first miss is believed."""
    bodies: list[Any] = [{"paths": []}, {"kind": "APIGroupList", "groups": []}, {"paths": []}, AGGREGATED]
    for body in bodies:
        say(server, body)
    with pytest.raises(NotServedError, match='the server doesn\'t have a resource type "databseclusters"') as caught:
        discovery.resolve("databseclusters")
    assert caught.value.hint is None
    with pytest.raises(NotServedError) as caught:
        discovery.resolve("databseclusters")
    assert caught.value.hint == "did you mean databaseclusters.stable.example.com (dbcluster)?"


def test_plain_discovery_is_understood_where_there_is_no_other(server: ScriptedServer, discovery: Discovery) -> None:
    """An old server, or a proxy that rejects the Accept; subresources and groups that are down are no kinds."""
    plain = {"name": "events", "kind": "Event", "namespaced": True, "singularName": "event", "shortNames": ["ev"]}
    plain["verbs"] = ["list", "watch"]
    status = {"name": "events/status", "kind": "Event", "namespaced": True, "verbs": ["get"]}
    groups = [
        {
            "name": "events.k8s.io",
            "versions": [{"groupVersion": "events.k8s.io/v1beta1", "version": "v1beta1"}, {"version": "v1"}],
            "preferredVersion": {"version": "v1"},
        },
        {"name": "down.example.com", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
    ]
    say(server, b"only JSON", 406)
    say(server, {"kind": "APIVersions", "versions": ["v1"]})
    say(server, {"kind": "APIGroupList", "groups": groups})
    say(server, {"kind": "APIResourceList", "resources": [plain, status]})
    say(server, {"kind": "APIResourceList", "resources": [plain]})
    say(server, {"kind": "APIResourceList", "resources": None})
    say(server, b"", 503)
    assert discovery.resolve("ev") == (EVENTS,)
    assert discovery.all() == (EVENTS, NEW_EVENTS)
    assert [request.target for request in server.requests[3:]] == [
        "/api/v1",
        "/apis/events.k8s.io/v1",
        "/apis/events.k8s.io/v1beta1",
        "/apis/down.example.com/v1",
    ]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"Forbidden", ForbiddenError),
        (200, b"<html>log in</html>", ServerError),
        (404, b"404 page not found", NotServedError),
    ],
)
def test_a_server_that_does_not_say_what_it_has_is_an_error(
    server: ScriptedServer, discovery: Discovery, status: int, body: bytes, error: type[Exception]
) -> None:
    """Never `no such type`: it was not looked up."""
    say(server, body, status)
    say(server, body, status)
    with pytest.raises(error):
        discovery.resolve("pods")
