"""Many people at once: who waits, who meets whom, and what each takes of the server.

    python tests/reliability/measure.py many

1, 2, 10 and 25 guests do all there is to do, at a person's pace, while two trainings run; then ten
guests and three windows of a browser, while the run that they look at is deleted and another
appears. What the guests ask of the server costs next to nothing to ask (`visitor.py`), so that
the figures are the server's.

One guest before them, who is not counted, opens every page and every view of every run: what a
server makes once for all is then made, and the wait of one guest is compared with that of ten, who
find everything made, on equal terms.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from songrnn.store.creating import delete_run
from tests.reliability.served import Served, served
from tests.reliability.visits import MARK, Guest
from tests.serving import ROOT

SIZES = (1, 2, 10, 25)
# Steps that the guests of a size do at least, together: few of them do all there is to do more
# often, for a median of twenty steps is one of chance.
LEAST_STEPS = 80
# Steps of a guest that does all there is to do once, about.
STEPS_OF_ONE = 20
# Seconds between two steps of a guest: at least, and on average.
LEAST_REST, REST = 1.0, 5.0
# Streamlit keeps a session for so long once its visitor has left.
KEPT_SECONDS = 120
BEGUN_SECONDS = 20  # after which a training that could not begin has ended
WINDOWS = 3
# A goal of the lab: what an action may take with ten sessions, times that with one.
MOST_TIMES, WITH = 2.5, 10
GOES, COMES = "goes-while-looked-at", "comes-meanwhile"


@dataclass
class Visit:
    """What came of some guests' visit."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    strange: set[str] = field(default_factory=set)
    unheard: int = 0  # guests that were never sent what is their own


Rest = Callable[[random.Random], Callable[[], object]]


def unhurried(dice: random.Random, seconds: float = REST) -> Callable[[], None]:
    """What a person does between two steps: look, listen, think; so many seconds on average."""
    least = LEAST_REST * seconds / REST
    return lambda: time.sleep(least + dice.expovariate(1 / (seconds - least)))


def visit(
    address: str,
    guests: Sequence[int],
    rounds: int = 1,
    *,
    runs: tuple[str, ...] = ("lstm-150", "rnn-150"),
    rest: Rest = unhurried,
) -> Visit:
    """So many guests at once, each in a thread, do all there is to do so many times."""
    found, here = Visit(), threading.Barrier(len(guests))
    lock = threading.Lock()

    def come(number: int) -> None:
        guest = Guest(address, number, runs, rest=rest(random.Random(number)))
        failures = []
        try:
            with guest:
                here.wait(guest.patience)
                for _ in range(rounds):
                    for do in guest.everything():
                        do(guest)
                here.wait(20 * guest.patience)  # nobody leaves before the others have looked
        except Exception as error:
            here.abort()
            failures.append(f"{guest.number}: {type(error).__name__}: {error}"[:400])
        with lock:
            found.steps += guest.steps
            found.failures += failures
            found.strange |= guest.strange
            found.unheard += not {guest.song, guest.file} <= guest.heard

    threads = [threading.Thread(target=come, args=(number,)) for number in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@contextlib.contextmanager
def trainings(folder: Path, count: int) -> Iterator[None]:
    """So many small trainings in the lab of that folder, until the block ends."""
    places = {
        "SONGRNN_DATA": str(folder / "data"),
        "SONGRNN_CHECKPOINTS": str(folder / "checkpoints"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    asked = ["--hidden", "64", "--epochs", "1000", "--run"]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "songrnn", "train", *asked, f"trains-{number}"],
            env={**os.environ, **places},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(count)
    ]
    try:
        time.sleep(BEGUN_SECONDS if running else 0)
        assert all(each.poll() is None for each in running), "a training did not begin"
        yield
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait()


def copy_run(checkpoints: Path, name: str) -> None:
    """A shipped run once more, under another name."""
    shutil.copytree(ROOT / "checkpoints" / "rnn-150", checkpoints / f".{name}")
    document = checkpoints / f".{name}" / "run.json"
    document.write_text(json.dumps(json.loads(document.read_text()) | {"name": name}))
    (checkpoints / f".{name}").rename(checkpoints / name)


def goes_and_comes(checkpoints: Path, after: float) -> threading.Timer:
    """A run is deleted after so many seconds, and another appears."""

    def change() -> None:
        delete_run(GOES, checkpoints=checkpoints)
        copy_run(checkpoints, COMES)

    timer = threading.Timer(after, change)
    timer.start()
    return timer


def windows(address: str, count: int, stopped: threading.Event, found: Visit) -> None:
    """Windows of a browser that go through the pages, one after the other, until it is stopped."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    pages = ("", f"run?run={GOES}", "runs", "neurons?run=lstm-150", f"compose?run={GOES}", "train")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = [browser.new_context().new_page() for _ in range(count)]
        for each in opened:
            each.set_default_timeout(180_000)
            each.on("pageerror", lambda error: found.failures.append(f"browser: {error}"[:400]))
        turn = 0
        while not stopped.is_set():
            page = opened[turn % count]
            page.goto(f"{address}/{pages[turn // count % len(pages)]}")
            page.get_by_role("heading", level=1).first.wait_for()
            page.wait_for_timeout(2000)
            if page.get_by_test_id("stException").count():
                shown = page.get_by_test_id("stException").first.inner_text()
                found.failures.append(f"browser: {shown}"[:400])
            found.strange |= {mark.decode() for mark in MARK.findall(page.content().encode())}
            found.steps.append(("browser", 0.0))
            turn += 1
        browser.close()


def warm_up(address: str) -> Visit:
    """One guest opens all there is to open, and does all there is to do."""
    found = Visit()
    with Guest(address, 900) as guest:
        guest.open_everything()
        for do in guest.everything():
            do(guest)
    found.steps, found.strange = guest.steps, guest.strange
    return found


def _measured(server: Served, guests: Sequence[int], rest: Rest) -> dict[str, Any]:
    """What guests wait for, and what they take."""
    before, held = server.processor_seconds(), server.megabytes()
    rounds = -(-LEAST_STEPS // (STEPS_OF_ONE * len(guests)))
    came = visit(server.address, guests, rounds, rest=rest)
    used, full = server.processor_seconds() - before, server.megabytes()
    seconds = [took for _, took in came.steps]
    return {
        "sessions": len(guests),
        "actions": len(seconds),
        "median_seconds": round(float(np.median(seconds)), 3),
        "nine_in_ten_seconds": round(float(np.quantile(seconds, 0.9)), 3),
        "processor_seconds_an_action": round(used / len(seconds), 3),
        "megabytes_before": round(held),
        "megabytes_after": round(full),
        "failures": came.failures,
        "marks_of_others": sorted(came.strange),
        "did_not_get_their_own": came.unheard,
    }


def _with_windows(server: Served, guests: Sequence[int], rest: Rest) -> dict[str, Any]:
    """Guests and windows, while a run goes and another comes."""
    checkpoints = server.folder / "checkpoints"
    copy_run(checkpoints, GOES)
    seen, stopped = Visit(), threading.Event()
    looking = threading.Thread(target=windows, args=(server.address, WINDOWS, stopped, seen))
    looking.start()
    changing = goes_and_comes(checkpoints, 20)
    came = visit(server.address, guests, runs=("lstm-150", GOES, COMES), rest=rest)
    changing.join()
    stopped.set()
    looking.join()
    return {
        "sessions": len(guests),
        "windows": WINDOWS,
        "actions": len(came.steps),
        "pages_in_windows": len(seen.steps),
        "failures": came.failures + seen.failures,
        "marks_of_others": sorted(came.strange | seen.strange),
        "did_not_get_their_own": came.unheard,
    }


def many(folder: Path, sizes: Sequence[int] = SIZES, pause: float = REST) -> dict[str, Any]:
    """All of it; memory once more when the visitors have been gone for a while.

    pause: seconds between two steps of a guest, on average.
    """

    def rest(dice: random.Random) -> Callable[[], None]:
        return unhurried(dice, pause)

    with served(folder) as server, trainings(folder, 2):
        warm_up(server.address)
        first = 0
        found = []
        for size in sizes:
            found.append(_measured(server, range(first, first + size), rest))
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
            first += size
        beside = _with_windows(server, range(first, first + 10), rest)
        print(json.dumps(beside), file=sys.stderr, flush=True)
        time.sleep(KEPT_SECONDS + 40)
        after = server.megabytes()
    alone, most = found[0], found[-1]
    each = (most["megabytes_after"] - alone["megabytes_after"]) / (first - 1 or 1)
    return {
        "by_sessions": found,
        "with_windows": beside,
        **compared_with_one(found),
        "megabytes_a_session": round(each, 1),
        "megabytes_once_all_have_left": round(after),
        "failures": [one for part in (*found, beside) for one in part["failures"]]
        + [f"a mark of another: {m}" for part in (*found, beside) for m in part["marks_of_others"]],
    }


def compared_with_one(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median wait of each size, times that of one session; and whether the goal is met, which
    nobody knows where one or `WITH` sessions were not measured."""
    waits = {each["sessions"]: each["median_seconds"] for each in found}
    alone = waits.get(1)
    times = {size: round(wait / alone, 2) for size, wait in waits.items()} if alone else {}
    return {
        "times_that_of_one": {str(size): value for size, value in times.items()},
        "goal": f"with {WITH} sessions at most {MOST_TIMES:g} times the wait of one",
        "goal_met": times[WITH] <= MOST_TIMES if WITH in times else None,
    }
