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

HOST = "127.0.0.1"
DEFAULT_PORT = 8501
START_SECONDS = 60


class PortTakenError(Exception):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken")
        self.port = port


def serve(paths: Sequence[Path], port: int | None, opens_browser: bool) -> int:
    """Serves the self-assessments at `paths` (none: the samples) until interrupted; returns the server's exit
    status."""
    signal.signal(signal.SIGTERM, _interrupt)
    chosen = _port(port)
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    settings = [f"--server.address={HOST}", f"--server.port={chosen}", "--logger.level=warning"]
    with subprocess.Popen(
        [*command, *settings, "--", *map(str, paths)], cwd=home(), stdout=subprocess.DEVNULL
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
        print("compliance: the dashboard did not start.", file=sys.stderr)
        return 3
    print(f"Dashboard: {address}  (Ctrl+C ends it)", flush=True)
    if opens_browser and _has_browser():
        webbrowser.open(address)
    return server.wait()


def _port(wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise PortTakenError(wanted)
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
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _has_browser() -> bool:
    """Whether a graphical browser can open: a text browser would take over the terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
