"""Which server, and as whom: kubectl's kubeconfig files, merged by kubectl's rules (ecosystem.md 3.2)."""

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from crwatch.errors import ConnectError, UnauthorizedError, UsageError
from crwatch.values.scalars import Json

_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """How the server proves itself to us, and we to it."""

    ca: bytes | None = None
    """PEM; None means the certificates that the system trusts."""
    certificate: Path | bytes | None = None
    key: Path | bytes | None = None
    server_name: str = ""
    """The name that the server's certificate must carry, where it is not the host's."""
    insecure: bool = False

    def __repr__(self) -> str:
        return f"Tls(server_name={self.server_name!r}, insecure={self.insecure})"  # a key is never printed


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How a user of the kubeconfig says who they are, client certificates apart."""

    token: str = ""
    token_file: Path | None = None
    """Wins over `token`, as with kubectl."""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login(token_file={self.token_file}, username={self.username!r})"  # a secret is never printed


class Impersonation(msgspec.Struct, frozen=True, kw_only=True):
    """As whom the server is to judge our rights (`--as`)."""

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A server and a way in."""

    name: str
    """The context's."""
    server: str
    """Its address, without a slash at the end; may have a path (Rancher)."""
    namespace: str = "default"
    tls: Tls = Tls()
    login: Login = Login()
    impersonation: Impersonation = Impersonation()
    proxy_url: str = ""
    """The kubeconfig's own proxy; it is used whatever NO_PROXY says."""
    compress: bool = True


class _Cluster(msgspec.Struct, frozen=True, rename="kebab"):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    disable_compression: bool = False


class _Exec(msgspec.Struct, frozen=True):
    command: str = ""


class _AuthProvider(msgspec.Struct, frozen=True):
    name: str = ""


class _User(msgspec.Struct, frozen=True, rename="kebab"):
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    as_user: str = msgspec.field(default="", name="as")
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    as_user_extra: dict[str, tuple[str, ...]] = {}
    exec: _Exec | None = None
    auth_provider: _AuthProvider | None = None


class _Context(msgspec.Struct, frozen=True):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class _NamedCluster(msgspec.Struct, frozen=True):
    name: str
    cluster: _Cluster = _Cluster()


class _NamedUser(msgspec.Struct, frozen=True):
    name: str
    user: _User = _User()


class _NamedContext(msgspec.Struct, frozen=True):
    name: str
    context: _Context = _Context()


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    current_context: str = ""
    clusters: tuple[_NamedCluster, ...] = ()
    users: tuple[_NamedUser, ...] = ()
    contexts: tuple[_NamedContext, ...] = ()


def find_access(
    kubeconfig: str | None = None,
    *,
    context: str | None = None,
    environment: Mapping[str, str] | None = None,
    service_account: Path = _SERVICE_ACCOUNT,
) -> Access:
    """Return the access that kubectl would choose: `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, else the pod's own.

    Args:
        kubeconfig: one file; it must exist.
        context: in place of the current context.
        environment: read for KUBECONFIG, HOME and a pod's service variables; the process's own by default.
        service_account: where a pod finds its token.

    Raises:
        ConnectError: there is no kubeconfig, or it cannot be understood.
        UnauthorizedError: the user logs in in a way that is not supported.
        UsageError: no such context.
    """
    environment = os.environ if environment is None else environment
    if kubeconfig:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise ConnectError(f"the kubeconfig {path} does not exist")
        return load((path,), context=context)
    listed = environment.get("KUBECONFIG") or os.path.join(environment.get("HOME", ""), ".kube", "config")  # noqa: PTH118 - one of a list of texts
    paths = tuple(dict.fromkeys(Path(name) for name in listed.split(os.pathsep) if name and Path(name).is_file()))
    if paths:
        return load(paths, context=context)
    inside = None if context else _in_cluster(environment, service_account)
    if inside is None:
        raise ConnectError(
            "no cluster: neither --kubeconfig, $KUBECONFIG nor ~/.kube/config exists",
            hint="--kubeconfig FILE   names one",
        )
    return inside


def load(paths: tuple[Path, ...], *, context: str | None = None) -> Access:
    """Return the access that a context of these files describes.

    Files are merged as kubectl does: whoever names a cluster, user, context or the current context first wins, and
    paths inside a file are relative to that file.

    Raises:
        ConnectError: a file cannot be understood, or names what is not there.
        UnauthorizedError: the user logs in with an exec plugin or a legacy auth provider.
        UsageError: no such context, or none chosen.
    """
    files = [(path, _read(path)) for path in paths]
    contexts = {one.name: one.context for _, file in reversed(files) for one in reversed(file.contexts)}
    clusters = {one.name: (one.cluster, path) for path, file in reversed(files) for one in reversed(file.clusters)}
    users = {one.name: (one.user, path) for path, file in reversed(files) for one in reversed(file.users)}
    name = context or next((file.current_context for _, file in files if file.current_context), "")
    chosen = contexts.get(name)
    if chosen is None:
        raise _unknown_context(name, sorted(contexts))
    if chosen.cluster not in clusters:
        raise ConnectError(f'context "{name}" names the cluster "{chosen.cluster}", which no kubeconfig has')
    if chosen.user and chosen.user not in users:
        raise ConnectError(f'context "{name}" names the user "{chosen.user}", which no kubeconfig has')
    cluster, cluster_path = clusters[chosen.cluster]
    user, user_path = users.get(chosen.user, (_User(), cluster_path))
    if not cluster.server:
        raise ConnectError(f'cluster "{chosen.cluster}" in {cluster_path} has no server')
    return Access(
        name=name,
        server=cluster.server.rstrip("/") if "://" in cluster.server else f"https://{cluster.server.rstrip('/')}",
        namespace=chosen.namespace or "default",
        tls=_tls(cluster, cluster_path, user, user_path),
        login=_login(chosen.user, user, user_path),
        impersonation=Impersonation(
            user=user.as_user, uid=user.as_uid, groups=user.as_groups, extra=user.as_user_extra
        ),
        proxy_url=cluster.proxy_url,
        compress=not cluster.disable_compression,
    )


def _unknown_context(name: str, known: list[str]) -> UsageError:
    hint = f"there are: {', '.join(known)}" if known else "the kubeconfig has no context at all"
    if not name:
        return UsageError("no context is chosen: the kubeconfig has no current-context", hint=hint)
    return UsageError(f'the kubeconfig has no context "{name}"', hint=hint)


def _read(path: Path) -> _File:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConnectError(f"cannot read the kubeconfig {path}", cause=error.strerror) from error
    try:
        # kubectl takes a text that begins with a brace for JSON; and JSON may hold tabs, which YAML may not
        value = msgspec.json.decode(text) if text.lstrip().startswith(b"{") else _parse_yaml(text)
        return msgspec.convert({} if value is None else _without_nulls(value), _File, strict=False)
    except (msgspec.DecodeError, ValueError) as error:
        raise ConnectError(f"cannot understand the kubeconfig {path}", cause=str(error)) from error


def _parse_yaml(text: bytes) -> Json:
    """Parse without guessing types: a token of digits stays a text. Raises ValueError that quotes nothing."""
    import yaml  # noqa: PLC0415 - 30 ms, and a kubeconfig in JSON needs none of it

    try:
        parsed: Json = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - it builds texts only
        return parsed  # noqa: TRY300 - the `try` is about this function alone
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem}") from None  # its own text may quote the line, and a secret in it
    except yaml.YAMLError:
        raise ValueError("it is no YAML") from None


def _without_nulls(value: Json) -> Json:
    """Leave out what is null or empty: `users: null` stands in files that have none."""
    if isinstance(value, dict):
        kept = {key: _without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return None if isinstance(value, str) and value in _NULLS else value


def _tls(cluster: _Cluster, cluster_path: Path, user: _User, user_path: Path) -> Tls:
    """Embedded data wins over a file, as with kubectl."""
    ca = _material(cluster_path, cluster.certificate_authority, cluster.certificate_authority_data, "CA certificate")
    certificate = _material(user_path, user.client_certificate, user.client_certificate_data, "client certificate")
    key = _material(user_path, user.client_key, user.client_key_data, "client key")
    if (certificate is None) != (key is None):
        missing = "key" if key is None else "certificate"
        raise ConnectError(f"the user in {user_path} has half a client certificate: the {missing} is missing")
    return Tls(
        ca=ca.read_bytes() if isinstance(ca, Path) else ca,
        certificate=certificate,
        key=key,
        server_name=cluster.tls_server_name,
        insecure=cluster.insecure_skip_tls_verify,
    )


def _material(base: Path, name: str, data: str, what: str) -> Path | bytes | None:
    if data:
        try:
            return base64.b64decode("".join(data.split()), validate=True)
        except binascii.Error as error:
            raise ConnectError(f"the {what} embedded in {base} is not base64") from error
    return _existing(base, name, what) if name else None


def _existing(base: Path, name: str, what: str) -> Path:
    path = base.parent / name
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConnectError(f"cannot read the {what} {path}", cause=error.strerror, hint=f"{base} names it") from error
    return path


def _login(name: str, user: _User, path: Path) -> Login:
    token_file = _existing(path, user.token_file, "token file") if user.token_file else None
    login = Login(token=user.token, token_file=token_file, username=user.username, password=user.password)
    if login == Login():
        for unsupported in _unsupported(user):
            raise UnauthorizedError(
                f'user "{name}" logs in with {unsupported}, which crwatch cannot run',
                hint="kubectl create token SERVICEACCOUNT   makes a token that a kubeconfig can hold",
            )
    return login


def _unsupported(user: _User) -> Iterator[str]:
    if user.exec is not None:
        yield f'the exec plugin "{user.exec.command}"'
    if user.auth_provider is not None:
        yield f'the auth provider "{user.auth_provider.name}"'


def _in_cluster(environment: Mapping[str, str], folder: Path) -> Access | None:
    """Return a pod's own access: the token that the kubelet keeps fresh, or None outside a pod."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    token = folder / "token"
    if not host or not port or not token.is_file():
        return None
    ca, namespace = folder / "ca.crt", folder / "namespace"
    return Access(
        name="in-cluster",
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        namespace=namespace.read_text().strip() if namespace.is_file() else "default",
        tls=Tls(ca=ca.read_bytes() if ca.is_file() else None),
        login=Login(token_file=token),
    )
