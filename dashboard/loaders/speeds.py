"""How fast this machine trains a network of a shape that somebody is looking at in the Train form.

A measurement is a process that trains for some seconds. Each change of the form asks for another
one, so one worker does them all, one after the other; of each person, or each session where there
are no people, the newest wish alone counts.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from songrnn.config import ModelConfig, TrainConfig
from songrnn.paths import lab_places, places, using
from songrnn.training.speed import check_measurable, known_speed, measure_elsewhere, shape_of

Speed = Future[float | None]
Measure = Callable[[ModelConfig, TrainConfig], float | None]

_log = logging.getLogger(__name__)

# Wishes that wait; others than these are left without an answer.
MOST_WAITING = 32
# Seconds before a shape that could not be measured is tried again.
PAUSE = 120.0


@dataclass
class _Wish:
    model: ModelConfig
    training: TrainConfig
    answers: list[Speed] = field(default_factory=list)

    @property
    def shape(self) -> str:
        return shape_of(self.model, self.training)


class Measurements:
    """Measures shapes one after the other, in a thread that ends when nothing is left to measure.

    measure: gives characters a second, or None. clock: seconds.
    """

    def __init__(self, measure: Measure, clock: Callable[[], float] = time.monotonic) -> None:
        self._measure, self._clock = measure, clock
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, _Wish] = {}
        self._present: _Wish | None = None
        self._failed: dict[str, float] = {}
        self._worker: threading.Thread | None = None

    def wish(self, who: Hashable, model: ModelConfig, training: TrainConfig) -> Speed:
        """Ask for a shape in place of what the same one asked for before, whose answer is None."""
        wish, answer = _Wish(model, training), Future[float | None]()
        with self._lock:
            before = self._waiting.get(who)
            if before is not None and before.shape == wish.shape:
                before.answers.append(answer)
                return answer
            known = self._present is not None and self._present.shape == wish.shape
            if known or self._failed_lately(wish.shape) or self._is_full(who):
                self._waiting.pop(who, None)
                if known and self._present is not None:
                    self._present.answers.append(answer)
                else:
                    answer.set_result(None)
            else:
                wish.answers.append(answer)
                self._waiting[who] = wish  # in the place of the one before
                if self._worker is None:
                    self._worker = threading.Thread(target=self._work, daemon=True)
                    self._worker.start()
        for each in before.answers if before is not None else ():
            each.set_result(None)
        return answer

    def _is_full(self, who: Hashable) -> bool:
        return who not in self._waiting and len(self._waiting) >= MOST_WAITING

    def _failed_lately(self, shape: str) -> bool:
        now = self._clock()
        self._failed = {one: at for one, at in self._failed.items() if now - at < PAUSE}
        return shape in self._failed

    def _work(self) -> None:
        while (wish := self._next()) is not None:
            try:
                # Measured for everyone, whoever asked first.
                with using(lab_places()):
                    found = self._measure(wish.model, wish.training)
            except Exception as error:  # whatever it is, the next one is measured
                _log.error("A speed could not be measured", exc_info=error)
                found = None
            with self._lock:
                self._present = None
                if found is None:
                    self._failed[wish.shape] = self._clock()
            for answer in wish.answers:
                answer.set_result(found)

    def _next(self) -> _Wish | None:
        """The wish that waited longest, with all others of its shape."""
        with self._lock:
            first = next(iter(self._waiting.values()), None)
            if first is None:
                self._worker = None
                return None
            alike = [who for who, wish in self._waiting.items() if wish.shape == first.shape]
            for who in alike:
                wish = self._waiting.pop(who)
                first.answers += wish.answers if wish is not first else []
            self._present = first
            return first


def speed(model: ModelConfig, training: TrainConfig) -> Speed:
    """Characters a second that this machine trains such a network with, measured if need be.

    None when it could not be measured, or when the same visitor asks for another shape before it
    was. Raises TooLargeError when it takes too much memory to be tried out.
    """
    known = known_speed(model, training)
    if known is not None:
        done: Speed = Future()
        done.set_result(known)
        return done
    check_measurable(model, training)
    return _measurements().wish(_who(), model, training)


def _who() -> Hashable:
    """The person who asks; where nobody has a workspace, the session."""
    here, context = places(), get_script_run_ctx(suppress_warning=True)
    if here.shared is not None:
        return here.checkpoints
    return None if context is None else context.session_id


@st.cache_resource(show_spinner=False)
def _measurements() -> Measurements:
    return Measurements(lambda model, training: measure_elsewhere(model, training))
