"""Run the API server: start it, end it in every way a fault test needs, and change what it knows."""

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.apiserver.build import server_binary

_START_LIMIT = 60.0
_PROMPT_LIMIT = 5.0
_GRACEFUL_LIMIT = 90.0  # the server's own request timeout is 60 s


class ServerFailedError(Exception):
    """The server did not start, or a tool of it failed; the message ends with what it logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a user may do; a user with no rule that fits gets a 403."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    """As `plural.group` or `plural.group/subresource`; `*` is any."""
    namespaces: tuple[str, ...] = ()
    """None named: all of them, and cluster-scoped resources."""
    names: tuple[str, ...] = ()


class Process:
    """One running program, ready to serve.

    It ends with us: its standard input is a pipe from this process, and it exits when the pipe closes,
    so that not even a killed test run leaves a server behind.

    Args:
        command: the program with its arguments; it prints `ready URL` once it serves.
        log: where its stderr is appended.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("a") as stderr:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for the test run, which then ends us in its order
            )
        try:
            self.said = self._read_until_ready()
        except BaseException:
            self.end(signal.SIGKILL, _PROMPT_LIMIT)
            raise

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal and return at once."""
        self._child.send_signal(number)

    def end(self, number: signal.Signals, limit: float) -> None:
        """Send a signal and return when the program is gone; after `limit` seconds it is killed."""
        if self.running:
            self._child.send_signal(number)
        try:
            self._child.wait(limit)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def _read_until_ready(self) -> dict[str, str]:
        """Return the lines it printed, by their first word."""
        assert self._child.stdout is not None
        said: dict[str, str] = {}
        unread = b""
        deadline = time.monotonic() + _START_LIMIT
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while "ready" not in said:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ServerFailedError(f"not ready after {_START_LIMIT:.0f} s: {self._last_log()}")
                chunk = os.read(self._child.stdout.fileno(), 4096)
                if not chunk:
                    raise ServerFailedError(f"ended at its start: {self._last_log()}")
                *lines, unread = (unread + chunk).split(b"\n")
                said |= dict(line.decode().split(" ", 1) for line in lines if b" " in line)
        return said

    def _last_log(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])


class _Server:
    """What etcd and the API server have in common: one program on one data folder, started again and again."""

    def __init__(self, folder: Path, name: str, *, graceful: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._graceful = graceful
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int:
        """The process, for tests that look at it; ending it is for `stop` and `kill`."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def start(self) -> Self:
        """Start it and return it when it serves.

        Raises:
            ServerFailedError: it ended, or was not ready after 60 s.
            NoApiServerError: there is no program and it cannot be built.
        """
        assert not self.running, "the server runs already"
        self._process = Process(self._command(), self.log)
        self._started(self._process.said)
        return self

    def stop(self) -> None:
        """End it by SIGTERM: at once, or in the server's own manner if it was made `graceful`."""
        self._end(signal.SIGTERM, _GRACEFUL_LIMIT if self._graceful else _PROMPT_LIMIT)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._end(signal.SIGKILL, _PROMPT_LIMIT)

    def restart(self) -> Self:
        """Stop it and start it on the same port and data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Make it silent without closing anything (SIGSTOP)."""
        assert self._process is not None, "the server was not started"
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        assert self._process is not None, "the server was not started"
        self._process.send(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(signal.SIGKILL if self._graceful else signal.SIGTERM, _PROMPT_LIMIT)

    def _end(self, number: signal.Signals, limit: float) -> None:
        if self._process is not None:
            if number != signal.SIGKILL:
                with contextlib.suppress(ProcessLookupError):
                    self._process.send(signal.SIGCONT)  # a paused program does not hear a SIGTERM
            self._process.end(number, limit)
            self._process = None

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _started(self, said: Mapping[str, str]) -> None:
        raise NotImplementedError


class Etcd(_Server):
    """etcd alone, so that it can fail under a running API server, or serve two of them.

    Args:
        folder: its data; a new etcd on the same folder goes on with it.
        port: of 127.0.0.1; 0 takes a free one, which a restart keeps.
        progress_notify_interval: how often idle watches learn the revision; etcd's own default is `10m`.
    """

    def __init__(self, folder: Path, *, port: int = 0, progress_notify_interval: str = "1s") -> None:
        super().__init__(folder, "etcd", graceful=False)
        self.port = port
        self.url = ""
        self._progress_notify_interval = progress_notify_interval

    def _command(self) -> list[str]:
        return [
            *(str(server_binary()), "etcd", f"--dir={self.folder}", "--exit-with-stdin"),
            *(f"--etcd-port={self.port}", f"--progress-notify-interval={self._progress_notify_interval}"),
        ]

    def _started(self, said: Mapping[str, str]) -> None:
        self.url = said["ready"]
        self.port = int(self.url.rpartition(":")[2])

    def restore(self, backup: Path) -> None:
        """Replace its data by those of a backup; it must not run."""
        assert not self.running, "stop etcd before its data are replaced"
        restore_data(backup, self.folder)


class ApiServer(_Server):
    """The API server, by default with an etcd of its own in the same process.

    Args:
        folder: etcd's data, the CA and the certificates; a new server on it has the same identity.
        name: of its log and its kubeconfig; a second server on one folder needs another.
        etcd: an etcd of yours, or its URL (a proxy before it); by default the server brings its own.
        port: of 127.0.0.1; 0 takes a free one, which a restart keeps.
        progress_notify_interval: of its own etcd.
        namespace: the default namespace of the administrator's kubeconfig.
        graceful: `stop` waits for open requests as the server's own shutdown does (up to 60 s).
        flags: the API server's own flags, `--feature-gates=…` for one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "apiserver",
        etcd: Etcd | str | None = None,
        port: int = 0,
        progress_notify_interval: str = "1s",
        namespace: str = "default",
        graceful: bool = False,
        flags: Sequence[str] = (),
    ) -> None:
        super().__init__(folder, name, graceful=graceful)
        self.etcd = etcd
        self.port = port
        self.namespace = namespace
        self.flags = tuple(flags)
        """Changed between `stop` and `start`, they take effect."""
        self.url = ""
        self.etcd_url = ""
        self.kubeconfig = folder / f"{name}.kubeconfig"
        """An administrator's, with the certificates inside; it is there once the server is ready."""
        self.ca_file = folder / "ca.crt"
        self._etcd_port = 0
        self._progress_notify_interval = progress_notify_interval
        self._users_file = folder / "users.json"

    @property
    def checks_namespaces(self) -> bool:
        """Whether a namespace must be created before objects in it: a full kube-apiserver says yes."""
        return False

    def add_user(
        self, user: str, *, token: str | None = None, groups: Sequence[str] = (), rules: Sequence[Rule] = ()
    ) -> Path:
        """Return the kubeconfig of a user with a token, known from the next request on.

        Args:
            user: the name, as 403 messages show it.
            token: by default a random one; `token_of` tells it.
            groups: `system:masters` may do everything.
            rules: what the user may do besides reading discovery.
        """
        token = token or secrets.token_hex(16)
        entry = {"token": token, "user": user, "groups": list(groups), "rules": [asdict(rule) for rule in rules]}
        self._write_users(self._read_users() | {token: entry})
        return self.kubeconfig_for(user, {"token": token})

    def token_of(self, user: str) -> str:
        """Return the token of a user who was added."""
        return next(token for token, entry in self._read_users().items() if entry["user"] == user)

    def set_rules(self, token: str, rules: Sequence[Rule]) -> None:
        """Give a user these rules in place of the former, from the next request on."""
        users = self._read_users()
        users[token]["rules"] = [asdict(rule) for rule in rules]
        self._write_users(users)

    def remove_user(self, token: str) -> None:
        """Forget a token: from the next request on it is answered with 401."""
        users = self._read_users()
        del users[token]
        self._write_users(users)

    def client_certificate(self, user: str, *, life: str = "24h", group: str | None = None) -> Path:
        """Return the kubeconfig of a user with a client certificate that expires after `life` (`20s`, `1h`)."""
        out = self.folder / f"certificate-{user}"
        options = [] if group is None else [f"--group={group}"]
        run_tool("certificate", f"--dir={self.folder}", f"--user={user}", f"--life={life}", *options, str(out))
        return self.kubeconfig_for(user, {"client-certificate": f"{out}.crt", "client-key": f"{out}.key"})

    def kubeconfig_for(self, user: str, credentials: Mapping[str, str]) -> Path:
        """Return a kubeconfig for this server with these entries as its user's credentials."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["users"] = [{"name": user, "user": dict(credentials)}]
        config["contexts"][0]["context"]["user"] = user
        path = self.folder / f"{user}.kubeconfig"
        _write_private(path, yaml.safe_dump(config))
        return path

    def compact(self, revision: int | None = None) -> int:
        """End etcd's history at a revision, by default the newest; return it.

        Collections at older versions still answer from the API server's snapshots, unless it runs with
        `--feature-gates=ListFromCacheSnapshot=false` or was restarted since (protocol 9.7).
        """
        return int(run_tool("compact", f"--etcd={self.etcd_url}", "now" if revision is None else str(revision)))

    def backup(self, file: Path) -> Path:
        """Save etcd's data to a file and return it."""
        run_tool("backup", f"--etcd={self.etcd_url}", str(file))
        return file

    def restore(self, backup: Path) -> None:
        """Rewind to a backup: stop, replace the data, start again on the same ports."""
        self.stop()
        if isinstance(self.etcd, Etcd):
            self.etcd.stop()
            self.etcd.restore(backup)
            self.etcd.start()
        else:
            assert self.etcd is None, "whoever runs that etcd restores it"
            restore_data(backup, self.folder)
        self.start()

    def load(self, *options: str) -> dict[str, Any]:
        """Return the summary of a run of the load writer, with the options of `crwatch-apiserver load`."""
        summary: dict[str, Any] = json.loads(run_tool("load", f"--kubeconfig={self.kubeconfig}", *options))
        return summary

    def start_load(self, *options: str) -> subprocess.Popen[str]:
        """Return a running load writer, whose stdout is the summary; the caller waits for it."""
        command = [str(server_binary()), "load", f"--kubeconfig={self.kubeconfig}", *options]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def _command(self) -> list[str]:
        common = [
            *(f"--dir={self.folder}", f"--port={self.port}", f"--kubeconfig={self.kubeconfig}"),
            *(f"--namespace={self.namespace}", f"--users={self._users_file}", "--exit-with-stdin"),
            *(["--graceful"] if self._graceful else []),
        ]
        self.kubeconfig.unlink(missing_ok=True)  # its presence means: ready
        if self.etcd is None:
            own = [f"--etcd-port={self._etcd_port}", f"--progress-notify-interval={self._progress_notify_interval}"]
            return [str(server_binary()), "serve", *common, *own, "--", *self.flags]
        url = self.etcd.url if isinstance(self.etcd, Etcd) else self.etcd
        return [str(server_binary()), "apiserver", *common, f"--etcd-servers={url}", "--", *self.flags]

    def _started(self, said: Mapping[str, str]) -> None:
        self.url = said["ready"]
        self.port = int(self.url.rpartition(":")[2])
        if self.etcd is None:
            self.etcd_url = said["etcd"]
            self._etcd_port = int(self.etcd_url.rpartition(":")[2])
        else:
            self.etcd_url = self.etcd.url if isinstance(self.etcd, Etcd) else self.etcd

    def _read_users(self) -> dict[str, dict[str, Any]]:
        """Return the users by token; from the file, which several servers on one folder share."""
        if not self._users_file.exists():
            return {}
        return {entry["token"]: entry for entry in json.loads(self._users_file.read_text())}

    def _write_users(self, users: Mapping[str, Mapping[str, Any]]) -> None:
        _write_private(self._users_file, json.dumps(list(users.values()), indent=1))


def run_tool(*args: str) -> str:
    """Return the output of one of the program's own tools, `compact` for one.

    Raises:
        ServerFailedError: it failed.
    """
    done = subprocess.run([str(server_binary()), *args], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise ServerFailedError(done.stderr.strip())
    return done.stdout


def restore_data(backup: Path, folder: Path) -> None:
    """Replace etcd's data in a folder, where no etcd may run, by those of a backup."""
    shutil.rmtree(folder / "etcd", ignore_errors=True)
    run_tool("restore", str(backup), str(folder))


def _write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone, never seen half written by the server that polls it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)
