"""Find a Chromium for the browser tests, or bring one here: Debian's when we are root, else Playwright's own.

The one without windows is looked for first: the same engine at half the cost, for nothing is drawn that nobody sees.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WINDOWLESS = "chromium-headless-shell"
NAMES = (WINDOWLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NONE = "No Chromium or Chrome is to be had here: the browser tests are skipped."
NONE_IN_CI = "No Chromium or Chrome is to be had here, and in CI the browser tests may not be skipped."
PATIENCE_SECONDS = 600


def find_browser() -> str | None:
    """The first browser that starts: the machine's own, else the one that Playwright has downloaded."""
    return next(filter(_starts, _candidates()), None)


def provision() -> str | None:
    """The browser there is, or the one that could be had now."""
    browser = find_browser()
    if browser is None or (is_ci() and not shutil.which(WINDOWLESS)):  # a machine of CI is there for nothing else
        _install_debian_package()
    return find_browser() or _download()


def is_ci() -> bool:
    """Whether nobody would notice that tests were skipped."""
    return bool(os.environ.get("CI"))


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    yield from MAC_APPLICATIONS
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow, and seldom needed

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    yield path


def _starts(path: str) -> bool:
    """Whether this is a browser: Ubuntu's `chromium-browser` may be a mere hint to install something else."""
    return Path(path).exists() and _run([path, "--version"])


def _install_debian_package() -> None:
    """Install the one without windows; where this Debian has none, the whole one unless it is there."""
    if os.geteuid() or not shutil.which("apt-get") or platform.freedesktop_os_release().get("ID") != "debian":
        return
    _say("Installing Debian’s Chromium for the browser tests (once)…")
    environ = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-qq", "update"], environ)
    for name in (WINDOWLESS, "chromium"):
        if _run(["apt-get", "-qq", "-y", "install", "--no-install-recommends", name], environ) or find_browser():
            return


def _download() -> str | None:
    _say("Downloading Playwright’s Chromium for the browser tests (once)…")
    _run([sys.executable, "-m", "playwright", "install", "chromium"])
    return find_browser()


def _run(command: list[str], environ: dict[str, str] | None = None) -> bool:
    """Run it quietly, and say whether it did well."""
    environ = {**os.environ, **(environ or {})}
    try:
        done = subprocess.run(command, env=environ, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__" and provision() is None:
    _say(NONE_IN_CI if is_ci() else NONE)
    raise SystemExit(1 if is_ci() else 0)
