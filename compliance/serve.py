"""Runs the dashboard's server: finds a port, waits until it answers, prints the address, opens a browser where there
is one.

Streamlit runs as a process of its own in the folder that holds `app.py` and its settings, bound to this machine only.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from compliance.audit import home
from compliance.filings import STORE

HOST = "127.0.0.1"
DEFAULT_PORT = 8501
START_SECONDS = 60


class ServeError(Exception):
    """The dashboard cannot be served now; the message says why, for a person."""


def serve(paths: Sequence[Path], store: str, port: int | None, opens_browser: bool) -> int:
    """Serves the self-assessments at `paths`, or without any those of the `store` (a URL), until interrupted.

    Returns the server's exit status; raises ServeError where it does not start.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    chosen = _port(port)
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    settings = [f"--server.address={HOST}", f"--server.port={chosen}", "--logger.level=warning"]
    # A URL may hold a password, which the list of processes would show.
    environment = {**os.environ, STORE: store}
    with subprocess.Popen(
        [*command, *settings, "--", *map(str, paths)], cwd=home(), env=environment, stdout=subprocess.DEVNULL
    ) as server:
        try:
            return _run(server, f"http://{HOST}:{chosen}", opens_browser)
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()


def _interrupt(*_: object) -> None:
    """Being told to end is the same as Ctrl+C: the server ends as well."""
    raise KeyboardInterrupt


def _run(server: subprocess.Popen[bytes], address: str, opens_browser: bool) -> int:
    if not _answers(server, address):
        raise ServeError("The dashboard did not start.")
    print(f"Dashboard: {address}  (Ctrl+C ends it)", flush=True)
    if opens_browser and _has_browser():
        webbrowser.open(address)
    return server.wait()


def _port(wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise ServeError(f"Port {wanted} is taken; leave --port out to get a free one.")
        return wanted
    return DEFAULT_PORT if _is_free(DEFAULT_PORT) else _any_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(server: subprocess.Popen[bytes], address: str) -> bool:
    """Whether the server gets to answer; False once it has ended or taken too long."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot see this machine's own ports
    latest = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < latest:
        try:
            with opener.open(f"{address}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _has_browser() -> bool:
    """Whether a graphical browser can open: a text browser would take over the terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
