"""What a page looks like to someone who mends pages: cut, overlapping, out of sight, out of reach.

    python tests/browser/audit.py ADDRESS [--pictures FOLDER] [--only WORD]

looks at every view of an app that is served there, in both themes and at all widths, and prints
what it finds; `test_audit.py` looks at a sample of that.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

WIDTHS = (390, 768, 1440, 1920)
SCHEMES = ("light", "dark")
HEIGHT = 1000
# Seconds, for a busy machine; nothing waits longer than it must.
PATIENCE = 120
# A page that shows something to mend is looked at again after this long.
AGAIN_MS = 1500
# The server is known for these: its client looks for it below a page's path first.
_KNOCKING = ("/_stcore/health", "/_stcore/host-config")
_LOOK = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_BUSY = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'notRunning'
  || !document.querySelector('h1')
  || document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]') !== null
  || document.body.innerText.includes('being made')
  || [...document.querySelectorAll('.js-plotly-plot')].some((plot) => plot.checkVisibility() && plot.clientWidth
    && Math.abs((plot.querySelector('.main-svg')?.clientWidth ?? 0) - plot.parentElement.clientWidth) > 2)"""
_AXE = {"resultTypes": ["violations"]}


@dataclass(frozen=True)
class View:
    """A page, or one of the views that a control inside it switches between."""

    name: str
    path: str
    press: str = ""  # the key of a button that is pressed first


_NEURONS = ("text", "card", "atlas", "find", "cause", "count", "state", "patch", "steer", "memory")
VIEWS = (
    View("overview", ""),
    View("runs: a question", "runs"),
    View("runs: ingredients", "runs?study=ingredients"),
    View("runs: final values", "runs?show=final"),
    View("runs: chosen", "runs?study=chosen"),
    View("run", "run?run=lstm-150"),
    View("train: a run", "train"),
    View("train: a study", "train?start=a+study"),
    View("compose", "compose?run=lstm-150"),
    View("compose: side by side", "compose?run=lstm-150&how=beside"),
    View("compose: written", "compose?run=lstm-150&seed=3", press="compose"),
    View("temperature", "temperature?run=best"),
    View("listen", "listen?run=lstm-150", press="next-pair"),
    *(View(f"neurons: {n}", f"neurons?run=lstm-150&view={n}&neuron=34") for n in _NEURONS),
    View("segments: a page", "segments"),
    View("segments: figures", "segments?view=figures"),
    View("segments: studies", "segments?view=studies"),
    View("corpus", "corpus"),
    View("corpus: a tune", "corpus?view=tune"),
    View("corpus: your own", "corpus?view=tune&whose=own"),
    View("glossary", "glossary"),
)


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    view: str
    scheme: str
    width: int
    what: str
    where: str = ""
    words: str = ""

    def __str__(self) -> str:
        return f"{self.view} ({self.scheme}, {self.width}): {self.what}: {self.where} {self.words}"


def sample() -> list[tuple[View, str, Sequence[int]]]:
    """(view, scheme, widths that axe looks at): every view once, at every width.

    Light and dark alternate from view to view, and so does the width that axe looks at; what is
    drawn in the other theme is drawn by the same code in the other theme's colours.
    """
    return [
        (view, SCHEMES[number % 2], (WIDTHS[2 * (number // 2 % 2)],))
        for number, view in enumerate(VIEWS)
    ]


def everything() -> list[tuple[View, str, Sequence[int]]]:
    """The same in both themes, by axe at the narrowest and at the widest."""
    return [(view, scheme, (WIDTHS[0], WIDTHS[-1])) for view in VIEWS for scheme in SCHEMES]


def rest(page: Page, calm: int = 3) -> None:
    """Wait until nothing of the page is being drawn any more."""
    quiet = 0
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        quiet = 0 if page.evaluate(_BUSY) else quiet + 1
        if quiet == calm:
            return
        page.wait_for_timeout(80)
    raise AssertionError(f"{page.url} does not come to rest")


def look(
    browser: Browser,
    address: str,
    view: View,
    scheme: str,
    axe_at: Sequence[int],
    pictures: Path | None = None,
) -> Iterator[Finding]:
    """Load a view once, resize the window to each width, and say what is wrong there."""
    context = browser.new_context(
        viewport={"width": WIDTHS[-1], "height": HEIGHT},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(_KNOCKING):
            said.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: said.append(str(error)))

    def on_request(request: Request) -> None:
        if not request.url.startswith(
            (address, address.replace("http", "ws", 1), "data:", "blob:")
        ):
            said.append(f"something is fetched from {request.url}")

    page.on("request", on_request)
    page.goto(f"{address}/{view.path}")
    page.locator("h1").first.wait_for()
    rest(page)
    if view.press:
        page.locator(f".st-key-{view.press} button:visible").first.click()
        page.wait_for_timeout(700)
        rest(page)
    if page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
        yield Finding(view.name, scheme, WIDTHS[-1], "an error is shown")
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(250)
        rest(page, calm=1)
        found = page.evaluate(_LOOK, width)
        if found:  # what a busy machine has not laid out yet is no fault; what stays is one
            page.wait_for_timeout(AGAIN_MS)
            rest(page)
            found = page.evaluate(_LOOK, width)
        for what, where, words in found:
            yield Finding(view.name, scheme, width, what, where, words)
        if width in axe_at:
            rest(page)
            yield from _by_axe(page, view, scheme, width)
        if pictures:
            _picture(page, pictures / f"{view.name.replace(': ', '-')}-{width}-{scheme}.png", width)
    for words in said:
        yield Finding(view.name, scheme, 0, "the console says", words=words[:200])
    context.close()


def _by_axe(page: Page, view: View, scheme: str, width: int) -> Iterator[Finding]:
    for each in Axe().run(page, options=_AXE).response["violations"]:
        if each["impact"] in ("serious", "critical"):
            for node in each["nodes"]:
                words = node["failureSummary"].partition("\n")[2].strip()
                where = " ".join(map(str, node["target"]))[-120:]
                yield Finding(view.name, scheme, width, f"axe: {each['id']}", where, words[:160])


def _picture(page: Page, file: Path, width: int) -> None:
    high = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(HEIGHT, min(high + 20, 4000))})
    page.wait_for_timeout(200)
    page.screenshot(path=file)
    page.set_viewport_size({"width": width, "height": HEIGHT})


def main() -> None:
    """Look at everything, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--sample", action="store_true")
    chosen = parser.parse_args()
    if chosen.pictures:
        chosen.pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for view, scheme, axe_at in sample() if chosen.sample else everything():
            if chosen.only in view.name:
                seen = set()
                for finding in look(browser, chosen.address, view, scheme, axe_at, chosen.pictures):
                    if str(finding) not in seen:
                        print(finding, flush=True)
                    seen.add(str(finding))
        browser.close()


if __name__ == "__main__":
    main()
