"""How soon staff and notes follow the last key in the editor: `python tests/benchmarks/editor_latency.py`.

A real tune is written on, note by note, in a real browser; the time is that from the key to the
frame in which the new note is on the staff, all of it: rest of the keys, server, engraving, drawing.
On a busy machine that says little; the processor time that a key costs, of server, engraver and
browser, is printed too. One follows the other, so on a machine with a free core their sum is about
what the key takes.
"""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
KEYS = 20
MEASURE = """async (field) => {
  const root = field.getRootNode();
  const count = () => root.querySelectorAll(".staff g.note").length;
  const before = count(), end = field.value.trimEnd().length;
  const begin = performance.now();
  field.setRangeText("G", end, end, "end");
  field.dispatchEvent(new InputEvent("input"));
  while (count() === before && performance.now() - begin < 30000) await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}"""


def serve(folder: str) -> tuple[subprocess.Popen[bytes], str]:
    """The page of the editor's tests, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = ROOT / "tests" / "browser" / "editor_app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    command += ["--runner.postScriptGC", "false"]  # as dashboard/.streamlit/config.toml has it
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SONGRNN_DATA": folder}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server, address
    raise SystemExit("The page did not start.")


def processor_seconds(process: int) -> float:
    """What a process and all that it started have taken so far; those that ended count too."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = 0.0
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            # What follows the name in brackets: state, parent, …; 11 to 14 are the times.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(folder.name) == process:
                found += sum(map(int, fields[11:15])) / ticks
            elif int(fields[1]) == process:
                found += processor_seconds(int(folder.name))
    return found


def measure(page: Page, address: str, server: int) -> tuple[list[float], list[float]]:
    """Milliseconds for each key; and for one the processor milliseconds of server and engraver,
    and of the browser with what drives it."""
    page.goto(address)
    field = page.get_by_test_id("edit")
    page.get_by_test_id("staff").locator("g.note").first.wait_for()
    tune = (
        "X:1\nT:Long enough\nR:jig\nM:6/8\nL:1/8\nK:D\n"
        + "|:DFA d2f|edB AFD|DFA d2f|edc d3:|\n" * 6
    )
    field.fill(tune)
    page.wait_for_timeout(10_000)  # until the instrument is recorded

    def processor() -> list[float]:
        of_server = processor_seconds(server)  # a child of this process, as is the browser
        return [of_server, processor_seconds(os.getpid()) - of_server]

    before = processor()
    found = [field.evaluate(MEASURE) for _ in range(KEYS)]
    costs = zip(processor(), before, strict=True)
    return found, [(after - earlier) * 1000 / KEYS for after, earlier in costs]


def main() -> None:
    """Print the median and the slowest."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, address = serve(folder)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        try:
            found, processor = measure(browser.new_page(), address, server.pid)
        finally:
            browser.close()
            server.terminate()
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(
        f"{len(found)} keys: median {statistics.median(found):.0f} ms, slowest {max(found):.0f} ms; "
        f"processor time a key: server and engraver {processor[0]:.0f} ms, "
        f"browser {processor[1]:.0f} ms; load {load:.1f} processes for each core"
    )


if __name__ == "__main__":
    main()
