"""The dashboard's settings: Streamlit knows every one of them, takes the value given, and acts on it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

READ_BACK = """
import json, sys
from streamlit import config
options = config.get_config_options(force_reparse=True)
print(json.dumps({name: options[name].value for name in json.load(sys.stdin)}))
"""

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_streamlit_reads_every_setting_as_written(root: Path) -> None:
    written = _flat(tomllib.loads((root / ".streamlit" / "config.toml").read_text(encoding="utf-8")))
    command = [sys.executable, "-c", READ_BACK]
    result = subprocess.run(
        command, cwd=root, input=json.dumps([*written]), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == written


def test_light_and_dark_set_the_same_colours(root: Path) -> None:
    theme = tomllib.loads((root / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert theme["light"].keys() == theme["dark"].keys()


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1", 101),
        ("elsewhere.example", "http://elsewhere.example", 403),
        ("127.0.0.1", "http://elsewhere.example", 403),
    ],
)
def test_only_this_machines_own_pages_open_a_session(dashboard: str, host: str, origin: str, status: int) -> None:
    port = urlsplit(dashboard).port
    session = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    session.request("GET", "/_stcore/stream", headers=HANDSHAKE | {"Host": host, "Origin": f"{origin}:{port}"})
    assert session.getresponse().status == status
    session.close()


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
