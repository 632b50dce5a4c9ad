"""What is kept of what was made: never more than it may be, and what was asked for last."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.loaders.recent import Recent

MOST = 100
STEPS = st.lists(
    st.tuples(st.sampled_from(["made", "put", "look"]), st.integers(0, 9), st.integers(0, 150)),
    max_size=60,
)


@given(STEPS)
def test_never_more_is_kept_than_may_be_and_what_was_asked_for_last_goes_last(
    steps: list[tuple[str, int, int]],
) -> None:
    recent: Recent[bytes] = Recent(MOST, len)
    kept: dict[int, int] = {}  # what should be there, asked for last at the end
    for what, key, size in steps:
        if what == "look":
            found = recent.look(key)
            assert (None if found is None else len(found)) == kept.get(key)
            if key in kept:
                kept[key] = kept.pop(key)
        elif what == "made" and key in kept:
            assert len(recent.made(key, lambda size=size: bytes(size))) == kept[key]  # type: ignore[misc]
            kept[key] = kept.pop(key)
        else:
            if what == "made":
                assert len(recent.made(key, lambda size=size: bytes(size))) == size  # type: ignore[misc]
            else:
                recent.put(key, bytes(size))
            kept.pop(key, None)
            if size <= MOST:
                kept[key] = size
            while sum(kept.values()) > MOST:
                del kept[next(iter(kept))]
        assert recent.bytes_kept() == sum(kept.values()) <= MOST


def test_what_takes_a_while_is_made_once_and_holds_up_nobody_else() -> None:
    recent: Recent[str] = Recent(MOST, len)
    may_end, made = threading.Event(), []

    def slow() -> str:
        made.append(1)
        assert may_end.wait(60)
        return "slow"

    with ThreadPoolExecutor(4) as people:
        waiting = [people.submit(recent.made, "a", slow) for _ in range(3)]
        assert people.submit(recent.made, "b", lambda: "quick").result(60) == "quick"
        may_end.set()
        assert [each.result(60) for each in waiting] == ["slow"] * 3
    assert len(made) == 1


def test_of_what_is_large_no_more_is_made_at_once_than_may_be() -> None:
    recent: Recent[str] = Recent(MOST, len, at_once=2)
    may_end, lock, now, most = threading.Event(), threading.Lock(), [0], [0]
    two = threading.Event()

    def large() -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 2:
                two.set()
        assert may_end.wait(60)
        with lock:
            now[0] -= 1
        return "large"

    with ThreadPoolExecutor(6) as people:
        waiting = [people.submit(recent.made, key, large) for key in range(6)]
        assert two.wait(60)
        may_end.set()
        assert [each.result(60) for each in waiting] == ["large"] * 6
    assert most == [2]


def test_what_fails_is_made_again() -> None:
    recent: Recent[str] = Recent(MOST, len)
    with pytest.raises(ZeroDivisionError):
        recent.made("a", lambda: str(1 // 0))
    assert recent.made("a", lambda: "well") == "well"
