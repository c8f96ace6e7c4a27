"""The API server of the tests is believed by every other test; here it is seen through kubectl and plain HTTP."""

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.apiserver.kubectl import Kubectl, KubectlError
from tests.apiserver.server import ApiServer, Etcd, Rule

StartApiServer = Callable[..., ApiServer]

HERE = Path(__file__).parent
PUBLISHED_CRDS = sorted((HERE.parents[2] / "shared" / "crds").glob("*.yaml"))
CLUSTERS = "/apis/stable.example.com/v1/namespaces/{}/databaseclusters"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def cluster(name: str, **spec: Any) -> dict[str, Any]:
    """Return a DatabaseCluster that the CRD accepts."""
    return {
        "apiVersion": "stable.example.com/v1",
        "kind": "DatabaseCluster",
        "metadata": {"name": name, "labels": {"app": "db"}},
        "spec": {"replicas": 1, "databaseImage": "postgres:16.4"} | spec,
    }


def get(
    server: ApiServer, path: str, *, token: str | None = None, accept: str = "application/json"
) -> tuple[int, Mapping[str, Any]]:
    """Return status and body of a GET that presents a token, or nothing at all."""
    context = ssl.create_default_context(cafile=server.ca_file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=context)
    headers = {"Accept": accept} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def admin_token(server: ApiServer) -> str:
    """Return a token that may do everything, for plain HTTP."""
    server.add_user("root", token="root-token", groups=["system:masters"])
    return "root-token"


def resource_version(kubectl: Kubectl, name: str) -> str:
    return str(kubectl.json("get", "databaseclusters", name)["metadata"]["resourceVersion"])


def list_at(kubectl: Kubectl, namespace: str, version: str) -> list[str]:
    """Return the names of the collection exactly at a version."""
    path = f"{CLUSTERS.format(namespace)}?resourceVersion={version}&resourceVersionMatch=Exact"
    return [item["metadata"]["name"] for item in kubectl.raw(path)["items"]]


def test_the_example_objects_are_accepted_and_printed_with_the_columns_of_the_crd(kubectl: Kubectl) -> None:
    """Names, short names, categories and columns come from the CRD."""
    text = (HERE / "objects.yaml").read_text().replace("namespace: shop", f"namespace: {kubectl.namespace}")
    kubectl.apply(text)

    lines = kubectl.run("get", "dbcluster").stdout.splitlines()

    assert lines[0].split() == ["NAME", "PHASE", "READY", "REPLICAS", "AGE"]
    assert [line.split()[0] for line in lines[1:]] == ["billing", "cart", "orders"]
    assert "databaseclass.stable.example.com/postgres" in kubectl.run("get", "databases", "-o", "name").stdout


def test_api_resources_and_explain_know_the_custom_types(kubectl: Kubectl) -> None:
    """Discovery and OpenAPI are whole: kubectl needs no special case."""
    resources = kubectl.run("api-resources", "--no-headers", "-o", "name").stdout.split()

    assert {"databaseclusters.stable.example.com", "databaseclasses.stable.example.com", "widgets.example.com"} <= set(
        resources
    )
    assert "Number of database servers." in kubectl.run("explain", "databaseclusters.spec.replicas").stdout
    assert "Server Version: v1." in kubectl.run("version").stdout


def test_a_value_that_the_schema_forbids_is_refused(kubectl: Kubectl) -> None:
    """Validation is the server's."""
    with pytest.raises(KubectlError, match=r"spec\.replicas.*greater than or equal to 1"):
        kubectl.apply(cluster("orders", replicas=0))
    with pytest.raises(KubectlError, match="unknown field"):
        kubectl.apply(cluster("orders", replica=1))


def test_server_side_apply_merges_a_keyed_list_and_names_its_managers(kubectl: Kubectl) -> None:
    """Two managers own two users of one list."""
    for manager, user in (("gitops", "app"), ("jane", "audit")):
        manifest = cluster("orders", users=[{"name": user, "roles": ["reader"]}])
        kubectl.apply(manifest, "--server-side", f"--field-manager={manager}")

    stored = kubectl.json("get", "databaseclusters", "orders", "--show-managed-fields")

    assert [user["name"] for user in stored["spec"]["users"]] == ["app", "audit"]
    assert [entry["manager"] for entry in stored["metadata"]["managedFields"]] == ["gitops", "jane"]


def test_status_is_written_through_its_subresource_only(kubectl: Kubectl) -> None:
    """An edit of the object leaves status alone, and the reverse."""
    kubectl.apply(cluster("orders"))
    patch = json.dumps({"status": {"phase": "Ready"}, "spec": {"replicas": 9}})

    kubectl.run("patch", "databaseclusters", "orders", "--type=merge", "--subresource=status", f"--patch={patch}")
    kubectl.run("patch", "databaseclusters", "orders", "--type=merge", '--patch={"status":{"phase":"Lost"}}')

    stored = kubectl.json("get", "databaseclusters", "orders")
    assert (
        stored["spec"]["replicas"],
        stored["status"]["phase"],
        stored["metadata"]["generation"],
    ) == (1, "Ready", 1)


def test_a_selectable_field_selects(kubectl: Kubectl) -> None:
    """The CRD's selectableFields work, and no other field does."""
    kubectl.apply([cluster("orders"), cluster("cart", databaseImage="postgres:17.2")])

    selected = kubectl.run("get", "dbcluster", "--field-selector=spec.databaseImage=postgres:17.2", "-o", "name")

    assert selected.stdout.split() == ["databasecluster.stable.example.com/cart"]
    with pytest.raises(KubectlError, match="field label not supported"):
        kubectl.run("get", "dbcluster", "--field-selector=spec.replicas=1")


def test_both_versions_of_a_widget_are_served(kubectl: Kubectl) -> None:
    """Conversion None changes apiVersion and nothing else."""
    widget = {"apiVersion": "example.com/v1beta1", "kind": "Widget", "metadata": {"name": "cog"}, "spec": {"size": 3}}
    kubectl.apply(widget)

    stored = [kubectl.json("get", f"widgets.{version}.example.com", "cog") for version in ("v1", "v1beta1")]

    assert [one["apiVersion"] for one in stored] == ["example.com/v1", "example.com/v1beta1"]
    assert [one["spec"] for one in stored] == [{"size": 3}] * 2


def test_plain_and_aggregated_discovery_list_the_groups_of_the_crds(api_server: ApiServer) -> None:
    """A client may use either form; `/api` has no legacy group to offer."""
    token = admin_token(api_server)
    _, plain = get(api_server, "/apis", token=token)
    _, aggregated = get(api_server, "/apis", token=token, accept=AGGREGATED)
    _, resources = get(api_server, "/apis/stable.example.com/v1", token=token)

    groups = {group["name"]: [version["version"] for version in group["versions"]] for group in plain["groups"]}
    assert groups["stable.example.com"] == ["v1"]
    assert groups["example.com"] == ["v1", "v1beta1"]
    assert set(groups) == {item["metadata"]["name"] for item in aggregated["items"]}
    assert "databaseclusters" in {resource["name"] for resource in resources["resources"]}
    assert get(api_server, "/api", token=token)[0] == http.client.NOT_FOUND


def test_a_group_leaves_plain_discovery_with_its_crd(start_api_server: StartApiServer) -> None:
    """The plain list follows the CRDs, as the aggregator's does."""
    server = start_api_server()
    kubectl = Kubectl(server.kubeconfig)
    kubectl.run("delete", "crd", "widgets.example.com")
    token = admin_token(server)

    deadline = time.monotonic() + 5
    while "example.com" in {group["name"] for group in get(server, "/apis", token=token)[1]["groups"]}:
        assert time.monotonic() < deadline


def test_no_credentials_and_an_unknown_token_are_unauthorized(api_server: ApiServer) -> None:
    """A real 401, with a Status."""
    for token in (None, "unknown"):
        code, status = get(api_server, "/apis", token=token)

        assert code == http.client.UNAUTHORIZED
        assert (status["kind"], status["reason"]) == ("Status", "Unauthorized")


def test_what_no_rule_allows_is_forbidden_in_kubernetes_words(api_server: ApiServer, namespace: str) -> None:
    """A real 403: rules are per verb, resource and namespace; discovery is everybody's."""
    rule = Rule(verbs=("get", "list"), resources=("databaseclusters.stable.example.com",), namespaces=(namespace,))
    jane = Kubectl(api_server.add_user("jane", rules=[rule]))

    assert jane.run("get", "databaseclusters", "-n", namespace).returncode == 0
    for args in (("get", "dbcluster", "-A"), ("get", "dbcluster", "-n", "other"), ("get", "databaseclasses")):
        with pytest.raises(KubectlError, match=r'User "jane" cannot list resource "\w+" in API group'):
            jane.run(*args)
    code, status = get(
        api_server, f"{CLUSTERS.format(namespace)}?watch=true", token=api_server.token_of("jane")
    )  # list allowed, watch forbidden
    assert code == http.client.FORBIDDEN
    assert (status["reason"], status["details"]["kind"]) == ("Forbidden", "databaseclusters")


def test_rights_and_tokens_are_revoked_while_the_server_runs(api_server: ApiServer, namespace: str) -> None:
    """The next request already meets the new rules."""
    rule = Rule(verbs=("*",), resources=("*",))
    api_server.add_user("joe", token="joe-token", rules=[rule])
    answers = [get(api_server, CLUSTERS.format(namespace), token="joe-token")[0]]

    api_server.set_rules("joe-token", [])
    answers.append(get(api_server, CLUSTERS.format(namespace), token="joe-token")[0])
    api_server.remove_user("joe-token")
    answers.append(get(api_server, CLUSTERS.format(namespace), token="joe-token")[0])

    assert answers == [200, 403, 401]


def test_a_client_certificate_names_its_user_and_expires(api_server: ApiServer) -> None:
    """CN is the user; an expired certificate is a 401."""
    short_lived = Kubectl(api_server.client_certificate("max", life="1s", group="system:masters"))
    lasting = Kubectl(api_server.client_certificate("eve"))

    with pytest.raises(KubectlError, match='User "eve" cannot list'):
        lasting.run("get", "databaseclasses")
    time.sleep(1.1)
    with pytest.raises(KubectlError, match=r"must be logged in|[Uu]nauthorized"):
        short_lived.run("get", "--raw", "/version")


def test_the_kubeconfig_is_private_and_complete(api_server: ApiServer) -> None:
    """It verifies the server and can be copied anywhere."""
    config = yaml.safe_load(api_server.kubeconfig.read_text())

    assert api_server.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert config["clusters"][0]["cluster"]["server"] == api_server.url
    assert "certificate-authority-data" in config["clusters"][0]["cluster"]
    assert api_server.url.startswith("https://127.0.0.1:")


def test_a_collection_is_listed_exactly_as_it_was(kubectl: Kubectl, namespace: str) -> None:
    """LIST with resourceVersionMatch=Exact looks into the past."""
    kubectl.apply(cluster("orders"))
    then = resource_version(kubectl, "orders")
    kubectl.run("delete", "dbcluster", "orders")
    kubectl.apply(cluster("cart"))

    assert list_at(kubectl, namespace, then) == ["orders"]
    assert list_at(kubectl, namespace, resource_version(kubectl, "cart")) == ["cart"]


def test_a_compacted_version_is_gone_without_snapshots(start_api_server: StartApiServer) -> None:
    """410 by compaction needs ListFromCacheSnapshot=false (protocol 9.7)."""
    server = start_api_server(flags=["--feature-gates=ListFromCacheSnapshot=false"])
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.apply(cluster("orders"))
    then = resource_version(kubectl, "orders")
    kubectl.run("label", "dbcluster", "orders", "app=web", "--overwrite")
    assert list_at(kubectl, "shop", then) == ["orders"]

    assert int(then) < server.compact()

    with pytest.raises(KubectlError, match=r"too old|Expired"):
        list_at(kubectl, "shop", then)


def test_a_restart_keeps_port_identity_and_objects(start_api_server: StartApiServer) -> None:
    """Also after a kill: what was answered was written."""
    server = start_api_server()
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.apply(cluster("orders"))
    url, ca, version = server.url, server.ca_file.read_bytes(), resource_version(kubectl, "orders")

    server.restart()
    server.kill()
    server.start()

    assert (url, ca) == (server.url, server.ca_file.read_bytes())
    assert version == resource_version(kubectl, "orders")


def test_restoring_a_backup_rewinds_history(start_api_server: StartApiServer, tmp_path: Path) -> None:
    """Versions run backwards, as after a disaster."""
    server = start_api_server()
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.apply(cluster("orders"))
    before = resource_version(kubectl, "orders")
    backup = server.backup(tmp_path / "backup.db")
    kubectl.run("label", "dbcluster", "orders", "app=web", "--overwrite")
    kubectl.apply(cluster("cart"))

    server.restore(backup)

    assert before == resource_version(kubectl, "orders")
    assert [item["metadata"]["name"] for item in kubectl.json("get", "dbcluster")["items"]] == ["orders"]


@pytest.mark.slow
def test_etcd_can_stop_alone_under_two_api_servers(start_api_server: StartApiServer, tmp_path: Path) -> None:
    """Two processes serve one etcd; without it they answer errors, with it they recover."""
    with Etcd(tmp_path / "etcd") as etcd:
        one = start_api_server(folder=tmp_path / "servers", etcd=etcd)
        two = start_api_server(folder=tmp_path / "servers", etcd=etcd, name="second", crds=False)
        Kubectl(one.kubeconfig, namespace="shop").apply(cluster("orders"))
        other = Kubectl(two.kubeconfig, namespace="shop")
        assert other.run("get", "dbcluster", "orders", "-o", "name").stdout

        etcd.stop()
        assert one.running
        assert two.running
        assert other.run("label", "dbcluster", "orders", "app=none", "--request-timeout=1s", check=False).returncode
        etcd.start()

        deadline = time.monotonic() + 20
        while other.run("label", "dbcluster", "orders", "app=web", "--overwrite", check=False).returncode != 0:
            assert time.monotonic() < deadline
    assert not etcd.running


@pytest.mark.parametrize("end", [ApiServer.stop, ApiServer.kill])
def test_the_server_ends_at_once_with_a_watch_open(
    start_api_server: StartApiServer, end: Callable[[ApiServer], None]
) -> None:
    """Nobody waits for the request timeout of an open watch."""
    server = start_api_server()
    Kubectl(server.kubeconfig).apply(
        {"apiVersion": "stable.example.com/v1", "kind": "DatabaseClass", "metadata": {"name": "postgres"}}
    )
    with Kubectl(server.kubeconfig).start("get", "databaseclasses", "--watch", "-o", "name") as watch:
        try:
            assert watch.stdout is not None
            assert "postgres" in watch.stdout.readline()
            started = time.monotonic()

            end(server)

            assert time.monotonic() - started < 1.0
        finally:
            watch.kill()


def test_the_server_ends_with_its_parent(tmp_path: Path) -> None:
    """A killed test run leaves nothing behind."""
    script = (
        "import os, sys, pathlib; from tests.apiserver.server import ApiServer;"
        f"server = ApiServer(pathlib.Path({str(tmp_path)!r})).start();"
        "print(server.port, flush=True); os.kill(os.getpid(), 9)"
    )
    port = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout

    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=1)
    deadline = time.monotonic() + 5
    with pytest.raises(ConnectionError):  # noqa: PT012 - it may live a moment longer
        while time.monotonic() < deadline:
            connection.connect()
            connection.close()


def test_the_load_writer_creates_objects_of_a_size_and_updates_them_at_a_rate(
    api_server: ApiServer, kubectl: Kubectl, namespace: str
) -> None:
    """Sizes are those of the JSON as sent; the counter field tells which update was the last."""
    summary = api_server.load(
        *(f"--namespace={namespace}", "--create=20", "--size=9000"),
        *("--update=60", "--rate=200", "--workers=4"),
    )

    assert tuple(summary[key] for key in ("created", "updated", "failed", "objectBytes")) == (20, 60, 0, 9000)
    assert 0.25 < summary["updateSeconds"] < 5
    items = kubectl.json("get", "dbcluster")["items"]
    assert sorted(range(42, 62)) == sorted(item["spec"]["replicas"] for item in items)


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED_CRDS, reason="the published CRDs are not beside this checkout")
def test_published_crds_are_accepted(start_api_server: StartApiServer) -> None:
    """The CRDs of well-known projects, as large as they come."""
    server = start_api_server(crds=False)
    kubectl = Kubectl(server.kubeconfig)

    kubectl.apply_crds(*PUBLISHED_CRDS)

    established = kubectl.json("get", "crd")["items"]
    assert len(PUBLISHED_CRDS) == len(established)
