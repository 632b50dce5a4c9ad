"""How long a person waits for the app in a real browser, against a bare Streamlit page in the same run.

Navigation by the links above, every switch of a view or a unit, the first page of a server that was
just started, and the first figures of a training. Seconds are those of the clock, from the click
to the moment when the page rests; a busy machine makes all of them longer, so the bare page's are
beside them, and the processor time that server and browser used.

    python tests/benchmarks/waits.py [ROUNDS]      every wait by itself
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil
from measuring import CannotRunError, Result, benchmark

ROOT = Path(__file__).resolve().parents[2]
BARE = """
import streamlit as st
st.set_page_config(layout="wide")
def one():
    st.title("One")
    st.segmented_control("Switch", ["a", "b"], default="a", key="switch", required=True)
def two():
    st.title("Two")
st.navigation([st.Page(one, title="One", default=True), st.Page(two, title="Two")], position="top").run()
"""
PAGES = ("Runs", "Compose", "Temperature", "Neurons", "Corpus", "Train", "Glossary", "Overview")
# (page, control, names of what is clicked in turn)
SWITCHES = (
    ("Runs", "study", ("How many units?", "Which ingredients?", "RNN or LSTM?")),
    ("Runs", "unit", ("nats", "bits")),
    ("Runs", "show", ("Final comparison", "Curves")),
    ("Corpus", "view", ("One tune", "The whole corpus")),
    ("Neurons", "view", ("All neurons", "One neuron", "On a text")),
)
# Counts what the server says, so that a wait does not end before it began.
LISTEN = """
  window.heard = 0;
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...about) { super(...about); this.addEventListener('message', () => { window.heard += 1; }); }
  };
"""
# At rest: the server has answered, the script has run, nothing is left of the page before, and it
# stays so for a moment, which is not counted.
REST = """([title, before]) => new Promise((done) => {
  let calm = 0, since = 0;
  const look = () => {
    const app = document.querySelector('[data-testid=stApp]');
    const heading = document.querySelector('h1')?.innerText.trim();
    const rests = window.heard > before && app?.dataset.testScriptState === 'notRunning'
      && heading && (!title || heading === title)
      && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
    if (!rests) calm = 0;
    else if (++calm === 1) since = performance.now();
    calm > 5 ? done(since) : setTimeout(look, 10);
  };
  look();
})"""
CLICK = "(node) => { const now = performance.now(); node.click(); return now; }"
HEARD = "() => window.heard"


@dataclass
class Waits:
    """Seconds, and what was waited for."""

    navigation: list[tuple[str, float]] = field(default_factory=list)
    switches: list[tuple[str, float]] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    bare_switches: list[float] = field(default_factory=list)
    first: float = 0.0
    bare_first: float = 0.0
    training: float = 0.0
    processor: dict[str, float] = field(default_factory=dict)


@contextmanager
def served(script: Path, folder: Path, **environment: str) -> Iterator[tuple[str, int]]:
    """(address, process) of a server that was just started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false"]
    server = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(60)


def family_seconds(processes: Sequence[psutil.Process]) -> float:
    """What processes and those they started used of the processors so far."""
    used = 0.0
    for process in processes:
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):  # it has just ended
                used += sum(each.cpu_times()[:2])
    return used


def opened(page, address: str) -> float:  # type: ignore[no-untyped-def]
    """Seconds until a page that is loaded rests."""
    began = time.perf_counter()
    page.add_init_script(LISTEN)
    page.goto(address)
    page.locator("h1").first.wait_for()
    page.evaluate(REST, ["", -1])
    return time.perf_counter() - began


def clicked(page, node, title: str = "") -> float:  # type: ignore[no-untyped-def]
    """Seconds from a click until the page rests."""
    before = page.evaluate(HEARD)
    began = node.evaluate(CLICK)
    return (page.evaluate(REST, [title, before]) - began) / 1000


def to(page, title: str) -> float:  # type: ignore[no-untyped-def]
    link = page.locator("[data-testid=stTopNavLink]").filter(has_text=title)
    return clicked(page, link.first, "SongRNN Lab" if title == "Overview" else title)


@cache
def waits(rounds: int = 3) -> Waits:
    """All of them, measured once: the bare page and ours in turn."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise CannotRunError("Playwright is not installed") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise CannotRunError("Chromium is not installed: see packages.txt")
    found = Waits()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        (place / "bare.py").write_text(BARE)
        shutil.copytree(ROOT / "checkpoints", place / "checkpoints", copy_function=os.link)
        shutil.copytree(ROOT / "data" / "folk", place / "data" / "folk")
        known = set(psutil.Process().children(recursive=True))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        begun = set(psutil.Process().children(recursive=True)) - known
        processes = [each for each in begun if each.parent() not in begun]
        lab = {"SONGRNN_DATA": f"{place}/data", "SONGRNN_CHECKPOINTS": f"{place}/checkpoints"}
        home = ROOT / "dashboard" / "Home.py"
        with (
            served(place / "bare.py", place) as (bare, _),
            served(home, ROOT / "dashboard", **lab) as (ours, process),
        ):
            size = {"width": 1440, "height": 1000}
            other, page = browser.new_page(viewport=size), browser.new_page(viewport=size)
            page.set_default_timeout(120_000)
            found.bare_first = opened(other, bare)
            found.first = opened(page, ours)
            _measure(found, page, other, rounds, [psutil.Process(process), *processes])
            found.training = _training(page)
            page.close()
        browser.close()
    return found


def _measure(found: Waits, page, other, rounds: int, family: Sequence[psutil.Process]) -> None:  # type: ignore[no-untyped-def]
    for title in PAGES:  # what is imported and read once, is
        to(page, title)
    used = 0.0
    for _ in range(rounds):
        for title in PAGES:
            began = family_seconds(family)
            found.navigation.append((title, to(page, title)))
            used += family_seconds(family) - began
            found.bare.append(to(other, "Two"))
            to(other, "One")
    found.processor["navigation"] = used / len(found.navigation)
    for title, key, names in SWITCHES:
        to(page, title)
        control = page.locator(f".st-key-{key}")
        for name in names:  # once before, as above
            clicked(page, control.get_by_role("radio", name=name, exact=True).first)
        used = 0.0
        for _ in range(rounds):
            for name in names:
                node = control.get_by_role("radio", name=name, exact=True).first
                began = family_seconds(family)
                found.switches.append((f"{title}: {name}", clicked(page, node)))
                used += family_seconds(family) - began
                for choice in ("b", "a"):
                    switch = other.get_by_role("radio", name=choice, exact=True)
                    found.bare_switches.append(clicked(other, switch))
        found.processor[f"{title}: {key}"] = used / (rounds * len(names))


def _training(page) -> float:  # type: ignore[no-untyped-def]
    """Seconds from starting a training until its first figures are drawn; it is stopped then."""
    to(page, "Train")
    began = time.perf_counter()
    page.locator(".st-key-start-run button").first.click()
    page.locator(".st-key-live-curves .js-plotly-plot").first.wait_for()
    took = time.perf_counter() - began
    page.locator("[class*=st-key-running-] [class*=st-key-stop-] button").first.click()
    page.locator("[class*=st-key-running-]").first.wait_for(state="detached")
    return took


def result(ours: list[float], bare: list[float], goal: float, used: str = "") -> Result:
    """The 95th percentile against the goal, and how many times the bare page's wait the median is."""
    seconds = sorted(ours)
    late = seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))]
    middle, theirs = statistics.median(ours), statistics.median(bare)
    return Result(
        f"{middle:.2f} s, 95 % within {late:.2f} s{used}",
        f"bare page: {theirs:.2f} s, {middle / theirs:.1f} times that",
        goal / late,
        f"≤ {goal:g} s",
        late <= goal,
    )


@benchmark("waits: another page")
def navigation() -> Result:
    found = waits()
    used = f", {found.processor['navigation']:.2f} s of a core, the browser's included"
    return result([seconds for _, seconds in found.navigation], found.bare, 0.6, used)


@benchmark("waits: a switch on a page")
def switches() -> Result:
    found = waits()
    return result([seconds for _, seconds in found.switches], found.bare_switches, 0.4)


@benchmark("waits: the first page")
def first_page() -> Result:
    found = waits()
    return result([found.first], [found.bare_first], 2.5)


@benchmark("waits: the first figures of a training")
def first_figures() -> Result:
    found = waits()
    return result([found.training], [found.bare_first], 4.0)


if __name__ == "__main__":
    all_waits = waits(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    for kind in ("navigation", "switches"):
        listed: dict[str, list[float]] = {}
        for name, taken in getattr(all_waits, kind):
            listed.setdefault(name, []).append(taken)
        for name, times in listed.items():
            print(f"{kind:10} {name:28}", *(f"{each:.2f}" for each in sorted(times)))
    for name, bare_times in (("bare page", all_waits.bare), ("switch", all_waits.bare_switches)):
        print(f"{name}: median {statistics.median(bare_times):.3f} s")
    print(f"first page {all_waits.first:.2f} s, bare {all_waits.bare_first:.2f} s")
    print(f"first figures of a training {all_waits.training:.2f} s")
    print("processor seconds:", {k: round(v, 3) for k, v in all_waits.processor.items()})
