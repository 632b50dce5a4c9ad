"""The pictures in docs/: every page, light and dark. `make pictures` takes them again.

They show what a clone shows: the runs as committed, with the weights that are committed.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "overview": "",
    "runs": "runs",
    "train": "train",
    "compose": "compose?run=lstm-150",
    "temperature": "temperature?run=best",
    "listen": "listen",
    "neurons": "neurons?run=lstm-150&neuron=34",
    "segments": "segments",
    "corpus": "corpus",
    "glossary": "glossary",
}
WIDTH, HEIGHT, TALLEST = 1280, 800, 1700
# What is pressed before the picture is taken.
PRESSED = {"listen": "Begin"}
BUSY = "[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]"


def clone(folder: Path) -> Path:
    """What git has of the repository, and the built corpus."""
    copy = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    shutil.copytree(ROOT / "data" / "folk", copy / "data" / "folk")
    return copy


def serve(copy: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The app of the clone, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/Home.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    server = subprocess.Popen(command, cwd=copy, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server, address
    raise SystemExit("The app did not start.")


def settle(page: Page) -> None:
    """Wait until nothing on the page is being made any more."""
    calm = 0
    for _ in range(240):
        time.sleep(0.25)
        making = page.locator(BUSY).count() or page.get_by_text("being made").count()
        calm = 0 if making else calm + 1
        if calm == 12:
            return


def take(browser: Browser, address: str, name: str, colours: Literal["light", "dark"]) -> None:
    """One picture of one page, as high as the page is, within reason."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=colours, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}/{PAGES[name]}")
    page.locator("h1").first.wait_for(timeout=60_000)
    settle(page)
    if name in PRESSED:
        page.get_by_role("button", name=PRESSED[name]).click()
        settle(page)
    high = page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(max(HEIGHT, high), TALLEST)})
    settle(page)
    page.screenshot(path=ROOT / "docs" / f"{name}-{colours}.png")
    context.close()


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, address = serve(clone(Path(folder)))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        try:
            for name in PAGES:
                for colours in ("light", "dark"):
                    take(browser, address, name, colours)  # type: ignore[arg-type]
                    print(f"docs/{name}-{colours}.png")
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
