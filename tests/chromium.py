"""The browser that the tests drive: found on this machine, or put there.

`find` returns a Chromium that starts; `main`, run by `make test`, installs one where there is none: Debian's own
package where this user may install packages, else the build that Playwright downloads. Where neither works it fails
and says what to do, because a browser test that was skipped would pass for one that held.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT = [sys.executable, "-m", "playwright"]
DOWNLOADED = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
ADVICE = f"""The tests can drive no browser here, and none could be installed. Do one of these and run them again:
  Debian:      apt-get install chromium libatomic1      (as root)
  elsewhere:   {" ".join(PLAYWRIGHT)} install --with-deps chromium
  or name one: CHROMIUM=/path/to/chromium make test"""


def find() -> str | None:
    """The path of a Chromium that starts: the one that $CHROMIUM names, else one on the PATH, else Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        return named if _succeeds(named, "--version") else None
    on_path = (path for name in NAMES if (path := shutil.which(name)) and _succeeds(path, "--version"))
    return next(on_path, None) or _downloaded()


def advice() -> str:
    """What to do where there is no browser."""
    if named := os.environ.get("CHROMIUM"):
        return f"CHROMIUM names {named}, which does not start. Name a Chromium that does, or leave CHROMIUM unset."
    return ADVICE


def main() -> None:
    if not _can_drive():
        _install()
    if not _can_drive():
        sys.exit(advice())


def _can_drive() -> bool:
    return _succeeds(*PLAYWRIGHT, "--version") and find() is not None


def _install() -> None:
    as_root = _root_prefix()
    if as_root is not None:
        # Playwright's driver needs libatomic1, which a small Debian lacks; Ubuntu's chromium is a stub that needs snap.
        packages = ["libatomic1", "chromium"] if _is_debian() else ["libatomic1"]
        print("Installing", *packages, "for the browser tests.", flush=True)
        _run(*as_root, "apt-get", "update", stdout=subprocess.DEVNULL)
        _run(*as_root, "apt-get", "install", "--yes", "--no-install-recommends", *packages, stdout=subprocess.DEVNULL)
    if not _can_drive() and "CHROMIUM" not in os.environ:
        _run(*PLAYWRIGHT, "install", *([] if as_root is None else ["--with-deps"]), "chromium")


def _root_prefix() -> list[str] | None:
    """What to put before a command that installs packages; None where this user may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "--non-interactive"]
    return sudo if _succeeds(*sudo, "true") else None


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def _downloaded() -> str | None:
    asked = subprocess.run([sys.executable, "-c", DOWNLOADED], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if path and _succeeds(path, "--version") else None


def _succeeds(*command: str) -> bool:
    return _run(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _run(*command: str, stdout: int | None = None, stderr: int | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, stdout=stdout, stderr=stderr, env=environment, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
