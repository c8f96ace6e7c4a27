"""Fixtures that several folders share: the real API server, and kubectl as its independent writer."""

import os
import re
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.apiserver.assets import KubeApiServer, assets_folder
from tests.apiserver.build import NoApiServerError, server_binary
from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer, restore_data
from tests.cli.process import Crwatch

StartApiServer = Callable[..., ApiServer]
CrwatchFactory = Callable[[Path | None], Crwatch]

_CRDS = sorted((Path(__file__).parent / "apiserver" / "crds").glob("*.yaml"))
_MISSING = "no real API server"
_REQUIRED = os.environ.get("CRWATCH_REQUIRE_APISERVER", "") not in {"", "0"}


@pytest.fixture(scope="session")
def data_with_crds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of etcd that holds the example CRDs.

    A server delays the first objects of a new CRD by 2 s; one that starts from this backup finds them old.
    """
    folder = tmp_path_factory.mktemp("crds")
    with _own_server(folder) as server:
        Kubectl(server.kubeconfig).apply_crds(*_CRDS)
        return server.backup(folder / "backup.db")


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A real API server with the example CRDs, shared by all tests of a pytest-xdist worker."""
    folder = tmp_path_factory.mktemp("apiserver")
    assets = assets_folder()
    if assets is None:
        restore_data(request.getfixturevalue("data_with_crds"), folder)
        with _own_server(folder) as server:
            yield server
    else:
        with KubeApiServer(folder, assets) as server:
            Kubectl(server.kubeconfig).apply_crds(*_CRDS)
            yield server


@pytest.fixture
def start_api_server(data_with_crds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApiServer]:
    """A function that starts a server of the test's own, with the example CRDs; it takes ApiServer's options.

    `folder=…` gives it a data folder, used as it is if it holds data; `crds=False` leaves a new one empty.
    """
    with ExitStack() as running:

        def start(*, folder: Path | None = None, crds: bool = True, **options: Any) -> ApiServer:
            folder = folder or tmp_path_factory.mktemp("apiserver")
            foreign = options.get("etcd") is not None
            if crds and not foreign and not (folder / "etcd").exists():
                restore_data(data_with_crds, folder)
            server = running.enter_context(_own_server(folder, **options))
            if crds and foreign:
                Kubectl(server.kubeconfig).apply_crds(*_CRDS)
            return server

        yield start


@pytest.fixture
def namespace(api_server: ApiServer, request: pytest.FixtureRequest) -> str:
    """A namespace that no other test uses, on the shared server."""
    words = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:40].strip("-")
    name = f"{words}-{uuid.uuid4().hex[:6]}"
    if api_server.checks_namespaces:
        Kubectl(api_server.kubeconfig).run("create", "namespace", name)
    return name


@pytest.fixture
def kubectl(api_server: ApiServer, namespace: str) -> Kubectl:
    """An administrator's kubectl in the test's own namespace of the shared server."""
    return Kubectl(api_server.kubeconfig, namespace=namespace)


@pytest.fixture
def crwatch_with(tmp_path: Path) -> Iterator[CrwatchFactory]:
    """A function that gives crwatch a kubeconfig, or none."""
    with ExitStack() as started:
        yield lambda kubeconfig: Crwatch(kubeconfig, tmp_path, started)


@pytest.fixture
def crwatch(api_server: ApiServer, crwatch_with: CrwatchFactory) -> Crwatch:
    """Crwatch as an administrator of the shared server."""
    return crwatch_with(api_server.kubeconfig)


def pytest_configure() -> None:
    """Judge properties by what they find, not by how busy the machine is, and let Ctrl-C reach what the tests start.

    A background job ignores Ctrl-C, and its children would inherit that.
    """
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the server before the first test: no test's time limit allows for minutes of compiling."""
    needed = {"api_server", "start_api_server"}
    if not any(needed & set(getattr(item, "fixturenames", ())) for item in session.items):
        return
    if session.config.option.collectonly:
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else ExitStack():  # the progress is for whoever waits
        try:
            server_binary()
        except NoApiServerError:
            return  # the fixtures say so


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once and loudly that the real half of the suite did not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if _MISSING in str(report.longrepr)]
    if skipped:
        why = re.search(rf"{_MISSING}: [^'\"]*", str(skipped[0].longrepr))
        terminalreporter.write_line(
            f"{len(skipped)} TESTS DID NOT RUN: {why[0] if why else _MISSING}; "
            "or name a folder of kube-apiserver and etcd in KUBEBUILDER_ASSETS "
            "(CRWATCH_REQUIRE_APISERVER=1 makes this a failure)",
            red=True,
            bold=True,
        )


def _own_server(folder: Path, **options: Any) -> ApiServer:
    """Return a server of our own, not started; skip or fail the test where none can be had."""
    try:
        server_binary()
    except NoApiServerError as error:
        why = f"{_MISSING}: {error}"
    else:
        return ApiServer(folder, **options)
    if _REQUIRED:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
