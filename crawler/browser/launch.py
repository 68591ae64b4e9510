"""Finding the browser on this machine, and the command line it is started with.

Chromium never runs as root: started by root it becomes `nobody` first. Every switch is written out here, so
that another version of the driver changes none of them. Not here: talking to it (`crawler.browser.child`).
"""

from __future__ import annotations

import os
import pwd
import re
import resource
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Sandbox = Literal["auto", "on", "off"]

_NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_OF_PLAYWRIGHT = (
    "chromium_headless_shell-*/*/headless_shell",
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium-*/*/chrome",
)
_DEBIAN_BINARIES = Path("/usr/lib/chromium")

# Of each process of the browser: a page that asks for more loses its own process.
_DATA_BYTES = 2 * 1024**3

_FEATURES_OFF = (
    # what talks by itself
    "OptimizationHints", "NetworkTimeServiceQuerying", "MediaRouter", "Reporting", "NetworkErrorLogging",
    "DocumentReporting", "CrashReporting", "InterestFeedContentSuggestions", "Translate", "PreconnectToSearch",
    "CertificateTransparencyComponentUpdater", "AutofillServerCommunication", "AttributionReporting",
    "FetchLaterAPI", "PrivateAggregationApi", "SharedStorageAPI", "Fledge", "BrowsingTopics", "FedCm",
    # what fetches ahead
    "Prerender2", "SpeculationRulesPrefetchFuture", "NavigationPredictor", "LoadingPredictorPrefetch",
    "LoadingOnlyLearnHighPriorityResources", "BackForwardCache",
    # what shows another page than the one asked for
    "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "AutoupgradeMixedContent", "PaintHolding",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "AvoidCorsURLLoaderRestartOnRedirect",
    "ThirdPartyStoragePartitioning", "DestroyProfileOnBrowserClose",
    # one process for all frames of a page: they hold no secrets of each other's, and it halves the cost
    "IsolateOrigins", "site-per-process",
)  # fmt: skip

_SWITCHES = (
    "--headless",
    "--block-new-web-contents",
    "--remote-debugging-pipe",
    "--no-startup-window",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-service-autorun",
    "--disable-field-trial-config",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-back-forward-cache",
    "--disable-blink-features=FetchLaterAPI,SharedWorker",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-hang-monitor",
    "--disable-notifications",
    "--disable-prompt-on-repost",
    "--disable-quic",
    "--disable-search-engine-choice-screen",
    "--disable-shared-workers",
    "--disable-site-isolation-trials",
    "--disable-speech-api",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--force-color-profile=srgb",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--enable-features=CDPScreenshotNewSurface",
    f"--disable-features={','.join(_FEATURES_OFF)}",
    "--js-flags=--max-old-space-size=512",
    "--renderer-process-limit=4",
)


class BrowserUnavailable(Exception):
    """There is no way to start the browser here; the text says why."""


@dataclass(frozen=True, slots=True)
class InstalledBrowser:
    """An installed browser: its path, its name as people know it, its version ("" when it does not say)."""

    path: Path
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()


def find_browser(explicit: str | None = None) -> Path | None:
    """The named browser, else the first known one on PATH, else what Playwright installed; None without any."""
    if explicit:
        found = shutil.which(explicit)
        return Path(found) if found else None
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    for pattern in _OF_PLAYWRIGHT:
        if matches := sorted(root.glob(pattern), key=lambda path: path.stat().st_mtime):
            return matches[-1]
    return None


def describe(path: Path) -> InstalledBrowser:
    """Asks the browser for its version; a browser that cannot answer is described without one."""
    try:
        asked = subprocess.run(  # noqa: S603
            [*drop_privileges(), str(binary_of(path)), "--version"],
            capture_output=True,
            timeout=20,
            env=environment(Path("/nonexistent")),
            stdin=subprocess.DEVNULL,
            check=False,
        )
        version = re.search(rb"\d{1,9}(?:\.\d{1,9}){1,9}", asked.stdout)
    except (OSError, subprocess.SubprocessError, BrowserUnavailable):
        version = None
    return InstalledBrowser(path, path.name, version.group().decode() if version else "")


def binary_of(path: Path) -> Path:
    """The program behind Debian's shell wrapper, which stays between us and it and outlives a kill."""
    try:
        with path.open("rb") as file:
            is_script = file.read(2) == b"#!"
    except OSError:
        return path
    behind = _DEBIAN_BINARIES / path.name
    return behind if is_script and os.access(behind, os.X_OK) else path


def unprivileged() -> tuple[int, int] | None:
    """(uid, gid) the browser is to run as; None when we are not root and it simply runs as we do."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise BrowserUnavailable("there is no user nobody to run the browser as") from None
    return nobody.pw_uid, nobody.pw_gid


def drop_privileges() -> list[str]:
    """What to put before the browser's command: bounds of memory, another user when we are root, and death with
    its parent."""
    setpriv = shutil.which("setpriv")
    user = unprivileged()
    if setpriv is None:
        if user is not None:
            raise BrowserUnavailable("setpriv (util-linux) is missing, and the browser must not run as root")
        return []
    drop = [] if user is None else [f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups"]
    prlimit = shutil.which("prlimit")
    bounds = [] if prlimit is None else [prlimit, f"--data={_DATA_BYTES}", "--core=0", "--"]
    return [*bounds, setpriv, *drop, "--pdeathsig=KILL", "--"]


def bound_memory() -> None:
    """Of this process and the driver it starts: a page that talks them full costs itself, not the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = _DATA_BYTES if hard == resource.RLIM_INFINITY else min(_DATA_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def command(path: Path, profile: Path, *, proxy_port: int, sandbox: bool) -> list[str]:
    """The whole command line of the browser."""
    return [
        *drop_privileges(),
        str(binary_of(path)),
        *_SWITCHES,
        f"--user-data-dir={profile}",
        # Loopback too goes through the proxy, and no name is resolved but by it.
        f"--proxy-server=http://127.0.0.1:{proxy_port}",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        *([] if sandbox else ["--no-sandbox"]),
    ]


def environment(home: Path) -> Mapping[str, str]:
    """Nothing of our own environment but where programs are."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home) if home.exists() else "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
