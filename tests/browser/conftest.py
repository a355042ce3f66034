"""The real JupyterLab in a headless Chromium, for the tests in this folder.

`lab` gives an object with
  page            the Playwright page, every wait limited to 15 seconds
  root            the folder that the server shows: a copy of the project's notebooks and data, free to write
  open(path)      opens a notebook and waits until it is on the screen; gives the page
  trust(path)     signs a notebook, as `make lab` does for the shipped ones
  shot(name)      a screenshot under artefacts/browser; one is also kept of each test's last state
The server's log and the browser's console are kept there too.

Without a Chromium the tests are skipped; with WORKBENCH_REQUIRE_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
ARTEFACTS = PROJECT / "artefacts" / "browser"
TOKEN = "browser-test"
WAIT_MS = 15_000
START_SECONDS = 90
SHOWN = ("labconfig", "notebooks", "guidelines", "scenarios", "plans", "programs", "examples")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Chromium otherwise looks for updates and accounts at every start; a test needs the loopback address only.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")


@dataclass(frozen=True)
class Server:
    url: str
    root: Path
    environment: dict[str, str]


class Lab:
    def __init__(self, server: Server, page: Any) -> None:
        self.server, self.page, self.root = server, page, server.root

    def open(self, path: str) -> Any:
        """Open a notebook; path is from the root."""
        # `reset` makes JupyterLab forget what was open before.
        address = f"{self.server.url}/lab/tree/{path}?reset&token={TOKEN}"
        shown = self.page.locator(".jp-NotebookPanel:visible .jp-Notebook")
        try:
            self._go(address, shown)
        except self._timeout():
            # The page has been seen to hang while loading, about once in twenty runs and never explained.
            self.shot("hung-while-opening")
            self._go(address, shown)
        return self.page

    def trust(self, path: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "jupyter", "trust", str(self.root / path)],
            env=self.server.environment,
            check=True,
            capture_output=True,
        )

    def shot(self, name: str) -> Path:
        target = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=target)
        return target

    def _go(self, address: str, shown: Any) -> None:
        self.page.goto(address)
        shown.first.wait_for()

    @staticmethod
    def _timeout() -> type[Exception]:
        from playwright.sync_api import TimeoutError

        return TimeoutError


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skips, or fails where one is required."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = "no Chromium here (`make browser` installs it where it may)"
        if os.environ.get("WORKBENCH_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def lab_server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab with the project's configuration, on a free port, apart from the user's Jupyter folders."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    base = tmp_path_factory.mktemp("lab")
    root = base / "root"
    root.mkdir()
    for name in SHOWN:
        if (PROJECT / name).is_dir():
            shutil.copytree(
                PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            )
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(root), str(root / "labconfig")]),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "IPYTHONDIR": str(base / "ipython"),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    # Each parallel worker has a server, and so a log, of its own.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    log = ARTEFACTS / f"server-{worker}.log"
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                f"--port={port}",
                "--ServerApp.port_retries=0",
                "--ServerApp.log_level=INFO",
                f"--IdentityProvider.token={TOKEN}",
            ],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_up(process, url, log)
            yield Server(url, root, environment)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_up(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not come up on {url}:\n{log.read_text(encoding='utf-8')[-3000:]}")


# Of a module: while it lives an event loop runs in this process, and other tests run loops of their own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET, chromium_sandbox=os.geteuid() != 0)
        yield launched
        launched.close()


@pytest.fixture
def lab(lab_server: Server, browser: Any, request: pytest.FixtureRequest) -> Iterator[Lab]:
    name = re.sub(r"[^\w.-]+", "-", f"{request.path.stem}-{request.node.name}").strip("-")
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    with (ARTEFACTS / f"{name}.console.log").open("w", encoding="utf-8") as console:
        page.on("console", lambda message: print(message.type, message.text, file=console, flush=True))
        page.on("pageerror", lambda error: print("uncaught", error, file=console, flush=True))
        opened = Lab(lab_server, page)
        yield opened
        opened.shot(name)
        context.close()
