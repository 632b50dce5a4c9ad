"""Whose name is believed: a proxy's that is listed, from its own address, and nobody else's."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dashboard import guard, visitors
from songrnn.workspaces import WORKSPACES
from tests.asgi import answered
from tests.dashboard.test_guard import SAFE

PROXY = "127.0.0.1"


@pytest.fixture(autouse=True)
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACES, "1")
    monkeypatch.setenv(visitors.PROXY_HEADER, "X-Forwarded-User")
    monkeypatch.setenv(visitors.PROXIES, f"{PROXY}, 10.1.0.0/16, fd00::/8")
    monkeypatch.setenv(visitors.FORWARDED, "none")


def arrives(sender: str, *headers: tuple[str, str], kind: str = "websocket") -> dict[bytes, bytes]:
    """The headers of a request as Streamlit gets them."""
    seen: dict[bytes, bytes] = {}

    async def streamlit(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        seen.update(scope["headers"])

    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "client": (sender, 4711), "headers": raw}
    answered(visitors.NamedByProxy(streamlit)(scope, None, None))  # type: ignore[arg-type]
    return seen


def known(sender: str, *headers: tuple[str, str]) -> bytes | None:
    return arrives(sender, *headers).get(visitors._KNOWN.encode())


NAME = ("x-forwarded-user", "anna")


@pytest.mark.parametrize("sender", [PROXY, f"::ffff:{PROXY}", "10.1.2.3", "fd00::7"])
def test_a_listed_proxy_gives_a_name(sender: str) -> None:
    assert known(sender, NAME) == b"anna"
    assert known(sender, ("X-Forwarded-User", " anna ")) == b"anna"


@pytest.mark.parametrize("sender", ["127.0.0.2", "10.2.0.1", "192.168.0.7", "::1", "", "anna"])
def test_nobody_else_does(sender: str) -> None:
    seen = arrives(sender, NAME, ("cookie", "a=b"), ("x-forwarded-for", PROXY))
    assert seen == {b"cookie": b"a=b", b"x-forwarded-for": PROXY.encode()}


@pytest.mark.parametrize("sender", [PROXY, "192.168.0.7"])
def test_what_the_lab_calls_it_inside_comes_from_nobody_outside(sender: str) -> None:
    for name in (visitors._KNOWN, visitors._KNOWN.upper()):
        assert known(sender, (name, "anna")) is None
    assert known(sender, (visitors._KNOWN, "bert"), NAME) in (b"anna", None)


def test_two_names_are_none() -> None:
    assert known(PROXY, NAME, ("X-Forwarded-User", "bert")) is None
    assert known(PROXY, ("x-forwarded-user", "")) is None
    assert known(PROXY, ("x-forwarded-user", "a" * 257)) is None


def test_where_addresses_can_be_made_up_nobody_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    for believed in ("*", "127.0.0.1", None):
        if believed is None:
            monkeypatch.delenv(visitors.FORWARDED)
        else:
            monkeypatch.setenv(visitors.FORWARDED, believed)
        assert known(PROXY, NAME) is None
        assert any(visitors.FORWARDED in fault for fault in visitors.faults())


@examples(max_examples=300, deadline=None)
@given(st.ip_addresses().map(str), st.text(st.characters(max_codepoint=255), max_size=30))
def test_only_listed_addresses_are_believed(sender: str, name: str) -> None:
    listed = sender == PROXY or sender.startswith(("10.1.", "fd"))
    assert known(sender, ("x-forwarded-user", name)) is None or listed


def test_faults_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitors.faults() == []
    monkeypatch.setenv(visitors.PROXIES, "")
    assert "needs the addresses" in visitors.faults()[0]
    monkeypatch.setenv(visitors.PROXIES, "somewhere")
    assert "not a list of addresses" in visitors.faults()[0]
    assert known(PROXY, NAME) is None
    monkeypatch.setenv(WORKSPACES, "0")
    assert visitors.faults() == []
    assert guard.faults(SAFE.get) == []
