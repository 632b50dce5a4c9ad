"""Sessions that ended and what lies in circles are let go without anybody coming or going."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from types import SimpleNamespace

import psutil
import pytest
from streamlit import runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from dashboard import housekeeping


class Held:
    """Something large."""


def test_what_lies_in_a_circle_goes() -> None:
    gc.disable()
    try:
        one, other = Held(), Held()
        one.other, other.one = other, one  # type: ignore[attr-defined]
        seen = weakref.ref(one)
        del one, other
        assert seen() is not None
        housekeeping.tidy()
        assert seen() is None
    finally:
        gc.enable()


def test_a_session_that_nobody_came_back_to_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = MemorySessionStorage(ttl_seconds=0.05)  # type: ignore[arg-type]
    manager = SimpleNamespace(_session_storage=storage, _storage_lock=threading.Lock())
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    session = Held()
    session.id = "one"  # type: ignore[attr-defined]
    seen = weakref.ref(session)
    storage.save(SimpleNamespace(session=session))  # type: ignore[arg-type]
    del session
    assert housekeeping.end_old_sessions() == 0
    assert seen() is not None
    time.sleep(0.1)
    assert seen() is not None, "Streamlit ends it by itself: housekeeping need not"
    assert housekeeping.end_old_sessions() == 1
    assert seen() is None


def test_one_thread_keeps_house(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(housekeeping, "_begun", threading.Lock())
    monkeypatch.setattr(housekeeping, "_keep_house", over.wait)
    housekeeping.begin()
    housekeeping.begin()
    names = [thread.name for thread in threading.enumerate()]
    over.set()
    assert names.count("housekeeping") == 1


def test_a_process_that_ended_goes_at_the_second_look_and_one_that_works_stays() -> None:
    ended, works = (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(2)
    )
    assert ended.stdin is not None
    ended.stdin.close()
    us = psutil.Process()
    while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    housekeeping.let_go_of_the_dead()
    assert ended.pid in [child.pid for child in us.children()], "whoever waits for it may be late"
    housekeeping.let_go_of_the_dead()
    assert ended.pid not in [child.pid for child in us.children()]
    assert works.poll() is None
    works.communicate(b"\n", timeout=60)
