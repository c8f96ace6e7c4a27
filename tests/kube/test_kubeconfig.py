import base64
import json
from pathlib import Path
from typing import Any

import pytest

from crwatch.errors import ConnectError, UnauthorizedError, UsageError
from crwatch.kube.kubeconfig import find_access, load


def config(*, context: str = "c", current: str | None = "c", **parts: Any) -> dict[str, Any]:
    """Return a kubeconfig with one context; `cluster`, `user` and `namespace` say what is in it."""
    inner = {"cluster": context, "user": context, "namespace": parts.get("namespace", "")}
    return {
        "current-context": current or "",
        "clusters": [{"name": context, "cluster": {"server": "https://c:6443/", **parts.get("cluster", {})}}],
        "users": [{"name": context, "user": parts.get("user", {})}],
        "contexts": [{"name": context, "context": inner}],
    }


def write(path: Path, value: dict[str, Any] | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_the_first_file_to_name_something_wins_and_paths_are_its_own(tmp_path: Path) -> None:
    """Kubectl's merge rules; the official Python client takes the last current-context."""
    write(tmp_path / "a/ca.crt", "A")
    write(tmp_path / "b/ca.crt", "B")
    first = write(tmp_path / "a/config", config(cluster={"certificate-authority": "ca.crt"}, namespace="one"))
    second = config(cluster={"server": "https://other", "certificate-authority": "ca.crt"}, current="d")
    more = config(context="d", cluster={"certificate-authority": "ca.crt"}, user={"token": "t"})
    second = {key: more[key] if key == "current-context" else more[key] + second[key] for key in more}
    missing = tmp_path / "missing"
    second_path = write(tmp_path / "b/config", second)
    environment = {"KUBECONFIG": f"{first}:{missing}::{second_path}:{first}"}

    access = find_access(environment=environment)
    assert (access.name, access.server, access.namespace, access.tls.ca) == ("c", "https://c:6443", "one", b"A")
    access = find_access(environment=environment, context="d")
    assert (access.name, access.namespace, access.tls.ca, access.login.token) == ("d", "default", b"B", "t")


def test_texts_stay_texts_and_nulls_are_nothing(tmp_path: Path) -> None:
    """YAML would make numbers and dates of tokens and names; kubectl writes `users: null`."""
    path = write(
        tmp_path / "config",
        """
apiVersion: v1
current-context: 2026-01-01
preferences: {}
contexts: [{name: 2026-01-01, context: {cluster: on, user: 007, namespace: ~}}]
clusters: [{name: on, cluster: {server: "https://c", insecure-skip-tls-verify: true, tls-server-name: 12}}]
users: [{name: 007, user: {token: 0123}}, {name: x, user: }]
extensions: null
""",
    )
    access = load((path,))
    assert (access.name, access.namespace, access.login.token) == ("2026-01-01", "default", "0123")
    assert (access.tls.insecure, access.tls.server_name) == (True, "12")
    assert load((write(tmp_path / "json", json.dumps(config(), indent="\t")),)).name == "c"


def test_everything_that_a_cluster_and_a_user_may_say_is_taken(tmp_path: Path) -> None:
    """Fields by kubectl's names; embedded data wins over files."""
    write(tmp_path / "token", "from-file\n")
    cluster = {
        "certificate-authority": "not-there",
        "certificate-authority-data": base64.b64encode(b"CA").decode(),
        "proxy-url": "http://proxy:3128",
        "disable-compression": True,
    }
    user = {
        "client-certificate-data": base64.b64encode(b"CERT").decode(),
        "client-key-data": base64.b64encode(b"KEY").decode(),
        "token": "t",
        "tokenFile": "token",
        "as": "jane",
        "as-uid": "1",
        "as-groups": ["dev"],
        "as-user-extra": {"scopes": ["view"]},
        "exec": {"command": "never-run"},
    }
    access = load((write(tmp_path / "config", config(cluster=cluster, user=user)),))
    assert (access.tls.ca, access.tls.certificate, access.tls.key) == (b"CA", b"CERT", b"KEY")
    assert (access.proxy_url, access.compress) == ("http://proxy:3128", False)
    assert (access.login.token, access.login.token_file) == ("t", tmp_path / "token")
    who = access.impersonation
    assert (who.user, who.uid, who.groups, who.extra) == ("jane", "1", ("dev",), {"scopes": ("view",)})
    assert "KEY" not in repr(access)
    assert "'t'" not in repr(access)


def test_without_any_kubeconfig_it_says_where_it_looked(tmp_path: Path) -> None:
    """The first thing that a new user sees."""
    environment = {"HOME": str(tmp_path)}
    with pytest.raises(
        ConnectError, match=r"^no cluster: neither --kubeconfig, \$KUBECONFIG nor ~/.kube/config exists$"
    ):
        find_access(environment=environment)
    write(tmp_path / ".kube/config", config())
    assert find_access(environment=environment).name == "c"
    with pytest.raises(ConnectError, match="nosuch does not exist"):
        find_access(str(tmp_path / "nosuch"), environment=environment)


def test_in_a_pod_its_own_access_serves_where_there_is_no_kubeconfig(tmp_path: Path) -> None:
    """Its token stays a file, because the kubelet replaces it; an IPv6 address needs brackets."""
    pod = {"HOME": "/nowhere", "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    for name, text in (("token", "t"), ("ca.crt", "CA"), ("namespace", "shop\n")):
        write(tmp_path / name, text)
    access = find_access(environment=pod, service_account=tmp_path)
    assert (access.server, access.namespace, access.tls.ca) == ("https://[fd00::1]:443", "shop", b"CA")
    assert access.login.token_file == tmp_path / "token"


def test_a_context_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    """A typing error, or none chosen."""
    path = write(tmp_path / "config", config(current=None))
    with pytest.raises(UsageError, match='the kubeconfig has no context "prod"') as caught:
        load((path,), context="prod")
    assert caught.value.hint == "there are: c"
    with pytest.raises(UsageError, match="no context is chosen"):
        load((path,))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("users:\n- user: {token: hunter2\ncontexts: []", "line 3: did not find expected ',' or '}'"),
        ("users: hunter2", "Expected `array`, got `str` - at `$.users`"),
        ('{"users": hunter2}', "JSON is malformed: invalid character (byte 10)"),
        ("%hunter2 \x00", "it is no YAML"),
        ("hunter2", "Expected `object`, got `str`"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_and_not_quoted(tmp_path: Path, text: str, cause: str) -> None:
    """It may hold secrets; a file without sense is not an empty one."""
    path = write(tmp_path / "config", text)
    with pytest.raises(ConnectError, match=f"cannot understand the kubeconfig {path}") as caught:
        load((path,))
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("cluster", "user", "message"),
    [
        ({"certificate-authority": "no.crt"}, {}, "cannot read the CA certificate {folder}/no.crt"),
        ({}, {"client-certificate": "no.crt"}, "cannot read the client certificate {folder}/no.crt"),
        ({}, {"tokenFile": "no"}, "cannot read the token file {folder}/no"),
        ({}, {"client-key-data": "YQ=="}, "the user in {folder}/config has half a client certificate: the certif"),
        ({"certificate-authority-data": "?"}, {}, "the CA certificate embedded in {folder}/config is not base64"),
        ({"server": ""}, {}, 'cluster "c" in {folder}/config has no server'),
    ],
)
def test_what_a_kubeconfig_names_and_is_not_there_is_named(
    tmp_path: Path, cluster: dict[str, str], user: dict[str, str], message: str
) -> None:
    """Before any request, with the file's name."""
    path = write(tmp_path / "config", config(cluster=cluster, user=user))
    with pytest.raises(ConnectError) as caught:
        load((path,))
    assert caught.value.message.startswith(message.format(folder=tmp_path))


def test_logins_that_need_another_program_are_refused_by_name(tmp_path: Path) -> None:
    """An anonymous request would end in a 403 that nobody understands."""
    path = write(tmp_path / "config", config(user={"exec": {"command": "aws", "args": ["eks"], "env": None}}))
    with pytest.raises(UnauthorizedError, match='user "c" logs in with the exec plugin "aws"'):
        load((path,))
    path = write(tmp_path / "config", config(user={"auth-provider": {"name": "oidc", "config": {"id-token": "x"}}}))
    with pytest.raises(UnauthorizedError, match='with the auth provider "oidc"'):
        load((path,))
