"""The app served from a copy of the shipped runs, and a browser page that notes what goes wrong.

Nothing is written into the repository: runs and corpus are copied to a temporary folder first.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests import serving
from tests.serving import HOME, ROOT

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
# For a busy machine; nothing waits longer than it must.
PATIENCE_MS = 30_000

# Streamlit's own client looks for its server below a page's path first and is told 404 there.
_KNOCKING = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser; where it must be there, its absence is a failure."""
    here = Path(__file__).parent
    for item in items:
        if here not in Path(item.path).parents:
            continue
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed: see packages.txt"))


@dataclass
class Lab:
    """Where the served app keeps its files, and its address."""

    url: str
    data: Path
    checkpoints: Path


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(data, checkpoints): copies of what the repository has."""
    folder = tmp_path_factory.mktemp("lab")
    data, checkpoints = folder / "data", folder / "checkpoints"
    data.mkdir()
    checkpoints.mkdir()
    if (ROOT / "data" / "folk" / "corpus.json").exists():
        shutil.copytree(ROOT / "data" / "folk", data / "folk")
    skipped = shutil.ignore_patterns("resume.pt", "last.safetensors", ".*")
    for run in ("lstm-150", "rnn-150"):
        shutil.copytree(ROOT / "checkpoints" / run, checkpoints / run, ignore=skipped)
    return data, checkpoints


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Serve a Streamlit script on this machine alone: `serve(script, **environment) -> address`,
    as `serving.start` does. Every server is stopped when the session ends.
    """
    servers: list[subprocess.Popen[bytes]] = []

    def start(
        script: Path = HOME, folder: Path = HOME.parent, flags: Sequence[str] = (), **given: str
    ) -> str:
        log = tmp_path_factory.mktemp("server") / "log.txt"
        server, address = serving.start(log, script, folder, flags, **given)
        servers.append(server)
        return address

    yield start
    for server in servers:
        serving.stop(server)


@pytest.fixture(scope="session")
def lab(serve: Callable[..., str], places: tuple[Path, Path]) -> Lab:
    """The app with the shipped runs."""
    data, checkpoints = places
    url = serve(SONGRNN_DATA=str(data), SONGRNN_CHECKPOINTS=str(checkpoints))
    return Lab(url, data, checkpoints)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    assert CHROMIUM, "Chromium is not installed: see packages.txt"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Noticed:
    """What a page did that it should not."""

    console: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def noticed() -> Noticed:
    """Filled by `page`; empty when all went well."""
    return Noticed()


@pytest.fixture
def page(browser: Browser, noticed: Noticed) -> Iterator[Page]:
    """A page of its own; the test fails when it met an error or asked another host for anything."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(_KNOCKING):
            noticed.console.append(message.text)

    def on_request(request: Request) -> None:
        own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "file:")
        if not request.url.startswith(own):
            noticed.foreign.append(request.url)

    opened.on("console", on_console)
    opened.on("request", on_request)
    opened.on("pageerror", lambda error: noticed.exceptions.append(str(error)))
    yield opened
    context.close()
    assert noticed == Noticed()
