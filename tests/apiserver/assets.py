"""The API server of a cluster: kube-apiserver and etcd from the folder that KUBEBUILDER_ASSETS names.

With it the tests see admission, namespaces and RBAC that the server of our own lacks. It is the set-up
of controller-runtime's envtest, with tokens in place of client certificates, since openssl alone is at
hand to make keys. What needs our own server's extras (rules, backups) says so by NotImplementedError.
"""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import yaml

from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer, Rule, ServerFailedError

_START_LIMIT = 60.0


def assets_folder() -> Path | None:
    """Return the folder of kube-apiserver and etcd, or None where KUBEBUILDER_ASSETS names none."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS", ""))
    return folder if all(os.access(folder / name, os.X_OK) for name in ("etcd", "kube-apiserver")) else None


class KubeApiServer(ApiServer):
    """kube-apiserver on an etcd of its own; the fixtures use it like an `ApiServer`.

    Args:
        folder: data, keys and logs.
        assets: the folder with the two programs.
        flags: more flags of kube-apiserver.
    """

    def __init__(self, folder: Path, assets: Path, *, flags: Sequence[str] = ()) -> None:
        super().__init__(folder, flags=flags)
        self._assets = assets
        self._children: list[subprocess.Popen[bytes]] = []
        self.port, self._etcd_port, self._peer_port = _free_ports(3)
        self._token = secrets.token_hex(16)

    @property
    def checks_namespaces(self) -> bool:
        return True

    @property
    def running(self) -> bool:
        return bool(self._children) and all(child.poll() is None for child in self._children)

    @property
    def pid(self) -> int:
        return self._children[-1].pid

    def start(self) -> Self:
        """Start etcd and kube-apiserver and return when the server is ready."""
        self._make_keys()
        self.url, self.etcd_url = f"https://127.0.0.1:{self.port}", f"http://127.0.0.1:{self._etcd_port}"
        with ExitStack() as on_failure:
            on_failure.callback(self.kill)
            self._spawn("etcd", self._etcd_flags())
            self._spawn("kube-apiserver", [*self._server_flags(), *self.flags])
            self._wait_until_ready()
            on_failure.pop_all()
        return self

    def add_user(
        self, user: str, *, token: str | None = None, groups: Sequence[str] = (), rules: Sequence[Rule] = ()
    ) -> Path:
        raise NotImplementedError("kube-apiserver reads its tokens once: use our own server")

    def compact(self, revision: int | None = None) -> int:
        raise NotImplementedError("needs our own server's tools")

    def backup(self, file: Path) -> Path:
        raise NotImplementedError("needs our own server's tools")

    def _end(self, number: signal.Signals, limit: float) -> None:
        for child in reversed(self._children):  # kube-apiserver first: it cannot end well without etcd
            child.send_signal(number)
            try:
                child.wait(limit)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()

    def _started(self, said: Mapping[str, str]) -> None:
        """There is no line to read: `start` asks the server."""

    def _spawn(self, program: str, flags: Sequence[str]) -> None:
        with (self.folder / f"{program}.log").open("a") as log:
            command = [str(self._assets / program), *flags]
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._children.append(child)

    def _etcd_flags(self) -> list[str]:
        peer = f"http://127.0.0.1:{self._peer_port}"
        # Bookmarks advance as often as etcd reports; the flag lost its prefix in etcd 3.6.
        usage = subprocess.run([str(self._assets / "etcd"), "--help"], capture_output=True, text=True, check=False)
        names = ("--watch-progress-notify-interval", "--experimental-watch-progress-notify-interval")
        known = [name for name in names if name in usage.stdout + usage.stderr]
        return [
            f"--data-dir={self.folder / 'etcd'}",
            *(f"--listen-client-urls={self.etcd_url}", f"--advertise-client-urls={self.etcd_url}"),
            *(f"--listen-peer-urls={peer}", "--unsafe-no-fsync=true"),
            *(f"{name}=1s" for name in known[:1]),
        ]

    def _server_flags(self) -> list[str]:
        return [
            *(f"--etcd-servers={self.etcd_url}", f"--cert-dir={self.folder}", f"--secure-port={self.port}"),
            *("--bind-address=127.0.0.1", "--authorization-mode=RBAC", "--anonymous-auth=false"),
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            *(f"--service-account-issuer={self.url}/", f"--service-account-key-file={self.folder / 'sa.key'}"),
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            *("--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true"),
            *("--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none"),
        ]

    def _make_keys(self) -> None:
        key = self.folder / "sa.key"
        if not key.exists():
            command = ["openssl", "genrsa", "-out", str(key), "2048"]
            subprocess.run(command, check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f'{self._token},admin,admin,"system:masters"\n')

    def _wait_until_ready(self) -> None:
        certificate = self.folder / "apiserver.crt"  # made by kube-apiserver, with its CA in the same file
        deadline = time.monotonic() + _START_LIMIT
        while time.monotonic() < deadline and all(child.poll() is None for child in self._children):
            if certificate.exists():
                self._write_kubeconfig(certificate)
                if Kubectl(self.kubeconfig).run("get", "--raw", "/readyz", check=False).stdout == "ok":
                    return
            time.sleep(0.2)
        raise ServerFailedError(f"kube-apiserver is not ready; its log is {self.folder / 'kube-apiserver.log'}")

    def _write_kubeconfig(self, certificate: Path) -> None:
        self.ca_file = certificate
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "admin@crwatch-test",
            "clusters": [{"name": "kube", "cluster": {"server": self.url, "certificate-authority": str(certificate)}}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "admin@crwatch-test", "context": {"cluster": "kube", "user": "admin"}}],
        }
        self.kubeconfig.write_text(yaml.safe_dump(config))
        self.kubeconfig.chmod(0o600)


def _free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago; held together, so that no two are the same."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
