"""An hour of use at a low steady rate: does anything grow?

    python tests/reliability/measure.py long --minutes 60 --filled 12

Three guests at a time do one thing in turn, resting before each step; each leaves after some dozens
of things and another comes, as people do. Every minute what the server holds is noted.

Before the hour they come and go without rest for a while: what a server keeps for the next one who
asks has its bounds (of songs' sound, of the states of whole bars, of Streamlit's caches), and what
fills up to them is not what grows.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.reliability.served import Served, served
from tests.reliability.visits import Guest

AT_ONCE = 3
ROUNDS = 3  # of all that there is to do, by each guest
# Minutes of use without rest before the first sample.
FILLED_MINUTES = 12.0
FEWEST_SAMPLES = 5  # for a slope
# What may not grow: its name in a sample, and the slope above which it does, for an hour.
MOST_AN_HOUR = {
    "megabytes": 60.0,
    "helpers_megabytes": 60.0,
    "handles": 6.0,
    "threads": 6.0,
    "processes": 1.0,
}


def slope(minutes: Sequence[float], values: Sequence[float]) -> float:
    """Growth an hour, by least squares."""
    return float(np.polyfit(np.asarray(minutes) / 60, values, 1)[0])


def grown(samples: Sequence[Mapping[str, float]], since: float) -> dict[str, float]:
    """Growth an hour of each thing that is sampled, over the samples from `since` minutes on; none of too few."""
    late = [sample for sample in samples if sample["minutes"] >= since]
    if len(late) < FEWEST_SAMPLES:
        return {}
    minutes = [sample["minutes"] for sample in late]
    names = [name for name in late[0] if name not in ("minutes", "steps", "processor_seconds")]
    return {name: round(slope(minutes, [each[name] for each in late]), 2) for name in names}


class Watch:
    """Notes what a server holds, in a thread of its own. log: gets a line a sample."""

    def __init__(self, server: Served, every: float, things: Callable[[], int], log: Path | None):
        self.samples: list[dict[str, Any]] = []
        self._stopped = threading.Event()
        self._take = server.sample, every, things, log
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        sample, every, things, log = self._take
        began = time.monotonic()
        while not self._stopped.wait(every):
            minutes = round((time.monotonic() - began) / 60, 2)
            self.samples.append({"minutes": minutes, "steps": things(), **sample()})
            if log:
                with log.open("a") as lines:
                    lines.write(json.dumps(self.samples[-1]) + "\n")


@dataclass
class House:
    """The guests that are there, and what those did that have left."""

    address: str
    pause: float
    guests: list[Guest] = field(default_factory=list)
    came: int = 0
    steps: list[tuple[str, float]] = field(default_factory=list)
    strange: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    _to_do: dict[int, list[Callable[[Guest], None]]] = field(default_factory=dict)

    def turn(self) -> None:
        """The next guest does one thing; the one who has done all goes, and another comes."""
        while len(self.guests) < AT_ONCE:
            self._let_in()
        guest = self.guests.pop(0)
        todo = self._to_do[guest.number]
        try:
            todo.pop()(guest)
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}"[:300])
            todo.clear()
        if todo:
            self.guests.append(guest)
        else:
            self._let_out(guest)

    def _let_in(self) -> None:
        guest = Guest(self.address, self.came, rest=lambda: time.sleep(self.pause))
        guest.__enter__()
        todo = guest.everything() * ROUNDS
        # The first ones leave at different times, so that all later ones do too.
        share = (self.came + 1) / AT_ONCE if self.came < AT_ONCE else 1
        self._to_do[guest.number] = todo[: round(len(todo) * share)]
        self.guests.append(guest)
        self.came += 1

    def _let_out(self, guest: Guest) -> None:
        guest.__exit__()
        self.steps += guest.steps
        self.strange |= guest.strange

    def use(self, minutes: float) -> None:
        """Turn after turn, for so long."""
        began = time.monotonic()
        while time.monotonic() - began < 60 * minutes:
            self.turn()

    def close(self) -> None:
        """All go."""
        for guest in self.guests:
            self._let_out(guest)

    def done(self) -> int:
        """Steps so far."""
        return len(self.steps) + sum(len(guest.steps) for guest in self.guests)


def use(
    folder: Path,
    *,
    minutes: float,
    pause: float = 1.5,
    every: float = 60.0,
    log: Path | None = None,
    filled: float = FILLED_MINUTES,
) -> dict[str, Any]:
    """Use the lab for so long, a sample `every` so many seconds; what grew.

    filled: minutes of use without rest before.
    """
    with served(folder) as server:
        house = House(server.address, 0.0)
        house.use(filled)
        before, house.pause = house.done(), pause
        with Watch(server, every, house.done, log) as watch:
            house.use(minutes)
            house.close()
    samples = watch.samples
    growth = grown(samples, 0)
    # Less would be a slope of chance.
    judged = MOST_AN_HOUR if minutes >= 30 else {}
    return {
        "minutes": minutes,
        "steps_before": before,
        "steps": len(house.steps) - before,
        "sessions": house.came,
        "first": samples[0],
        "middle": samples[len(samples) // 2],
        "last": samples[-1],
        "growth_an_hour": growth,
        "failures": [
            *house.failures,
            *(f"a mark of another: {mark}" for mark in sorted(house.strange)),
            *(f"{name} grows" for name, most in judged.items() if growth[name] > most),
        ],
    }
