"""What the tests share: the checkout's root, recorded results, a running dashboard and a browser to look at it.

The dashboard and the browser are started once for the whole run, and only when a test asks for one. Random tests run
1,000 examples, or 10,000 with HYPOTHESIS_PROFILE=long; a test does not choose its own number.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromium
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, WebSocket, sync_playwright

pytest_plugins = ["stores"]

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60

# A test that is slow on a loaded machine is not wrong, and a run in CI has to give the same result twice.
settings.register_profile(
    "default",
    max_examples=1_000,
    deadline=None,
    print_blob=True,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the recorded results, and run only their tests")


def pytest_configure(config: pytest.Config) -> None:
    """Gives the run, and every process that it starts, a cache and a store of its own in place of the user's."""
    if sys.platform == "linux":  # where Playwright keeps its browsers in the cache
        cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(Path(cache, "ms-playwright")))
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["XDG_CACHE_HOME"] = folder.name
    os.environ["COMPLIANCE_STORE"] = f"sqlite:///{folder.name}/store.sqlite"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--update"):
        items[:] = [item for item in items if "recorded" in getattr(item, "fixturenames", ())]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def recorded(pytestconfig: pytest.Config) -> Callable[[Path, str], None]:
    """Holds a text equal to the one kept in a file; `--update` rewrites the file instead."""

    def hold(path: Path, actual: str) -> None:
        if pytestconfig.getoption("--update"):
            path.write_text(actual, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == actual, f"{path.name} differs: read it, then run `make record`"

    return hold


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that shows the files of the shipped samples."""
    with _serving(tmp_path_factory.mktemp("dashboard"), "sample_reports") as address:
        yield address


@pytest.fixture(scope="session")
def store_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that shows a store of the shipped samples."""
    folder = tmp_path_factory.mktemp("store")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    command = [sys.executable, "-m", "compliance", "import", "sample_reports", "--store", url]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with _serving(folder, COMPLIANCE_STORE=url) as address:
        yield address


@contextlib.contextmanager
def _serving(folder: Path, *paths: str, **environment: str) -> Iterator[str]:
    """A dashboard that runs as a program of its own; what it says goes to a file in the folder."""
    port = _free_port()
    address, log = f"http://127.0.0.1:{port}", folder / "log"
    command = [sys.executable, "-m", "compliance", "dashboard", *paths, "--port", str(port), "--no-browser"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=output, stderr=output, start_new_session=True
        ) as server,
    ):
        try:
            _wait_until_healthy(address, server, log)
            yield address
        finally:
            # The command runs the server as a process of its own: both are ended.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.advice())
    # It shows only pages of this machine, and as root it does not start inside its sandbox.
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags + quiet)
        yield browser
        browser.close()


@pytest.fixture
def requests_out() -> list[str]:
    """The addresses outside this machine that `page` asked for; a page of ours asks for none."""
    return []


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page writes to the console as an error, and the dialogs it opens.

    Opened at a page's own address, Streamlit looks for its server below that first, in vain.
    """
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            found.append(f"{message.text} {message.location['url']}")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))

    def close(dialog: Any) -> None:
        found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", close)
    return found


@pytest.fixture
def page(browser: Browser, requests_out: list[str]) -> Iterator[Page]:
    """An empty page of 1280 by 900 pixels in a new session."""

    def note(request: Request | WebSocket) -> None:
        if urlsplit(request.url).hostname not in {None, "127.0.0.1", "localhost"}:
            requests_out.append(request.url)

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    context.on("request", note)
    page.on("websocket", note)
    yield page
    context.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The dashboard did not start; it said:\n{log.read_text(errors='replace')}")
