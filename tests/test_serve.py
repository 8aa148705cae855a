"""The dashboard's server as a user starts it: an address, a port of its own, a clear word where it cannot start."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from compliance import serve
from compliance.cli import main

SECONDS = 90
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def taken() -> object:
    with socket.socket() as other:
        other.bind((serve.HOST, 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_said(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--port", str(taken), "--no-browser"]) == 3
    assert f"Port {taken} is taken" in capsys.readouterr().err


def test_demo_takes_a_free_port_prints_the_address_and_ends_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Port 8501 is taken while it starts, so it has to find another; a proxy for the world is not asked for it."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind((serve.HOST, serve.DEFAULT_PORT))
            other.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        command = [sys.executable, "-m", "compliance", "demo", "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:
            watch = threading.Timer(SECONDS, server.terminate)
            watch.start()
            try:
                assert server.stdout
                line = server.stdout.readline()
                address = line.split()[1]
                assert line.startswith("Dashboard: http://127.0.0.1:")
                assert not address.endswith(f":{serve.DEFAULT_PORT}")
                with OPENER.open(address) as page:
                    assert page.status == 200
                server.terminate()
                assert server.wait(timeout=SECONDS) == 0
            finally:  # else a failure would wait for the server for ever
                watch.cancel()
                server.terminate()
        with pytest.raises(OSError, match="refused"):
            OPENER.open(address, timeout=2)
