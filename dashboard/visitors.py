"""Who asks, where each visitor has a workspace of their own (`songrnn.workspaces`).

Two ways are believed. The login that Streamlit's own `st.login` gives; or the name that a reverse
proxy writes into a header after its own login. A header is only as good as who sends it, so it
counts when the request's true sender is a listed proxy, and no other way: requests from elsewhere
lose it before Streamlit sees them. Of whom neither is known may look, and nothing more.

Pages, their callbacks and their fragments run in threads of Streamlit's own, so that nothing a
page remembers reaches them all. Who asks is looked up anew each time, from the connection itself.
"""

import contextlib
import ipaddress
import json
import os
from collections.abc import Iterable

import streamlit as st
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from songrnn.paths import Places, lab_places, register_finder
from songrnn.workspaces import LOGIN_KEYS, WORKSPACES, closed_lab, workspace, workspaces_on

PROXY_HEADER, PROXIES = "SONGRNN_PROXY_HEADER", "SONGRNN_PROXIES"
# The variable by which uvicorn lets a proxy replace the sender's address by that of another header.
FORWARDED = "FORWARDED_ALLOW_IPS"
# What the header is called once its sender was found to be a proxy; nobody outside can send it.
_KNOWN = "x-songrnn-visitor"
LONGEST_NAME = 256

WHY_CLOSED = (
    "nobody knows who you are, and on this server everyone has a workspace of their own. Who "
    "has logged in trains, imports, keeps and notes; all else can be looked at and heard without."
)


# The header of a proxy ---------------------------------------------------------------------------


def proxy_header() -> bytes:
    """The name of the header that holds a visitor's name; empty when none is believed."""
    return os.environ.get(PROXY_HEADER, "").strip().lower().encode("latin-1", "replace")


def proxies() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks of the proxies that are believed. Raises ValueError for others."""
    told = os.environ.get(PROXIES, "").split(",")
    return [ipaddress.ip_network(each.strip(), strict=False) for each in told if each.strip()]


def sender_is_true() -> bool:
    """Whether the address of a request is its sender's, and not what a header says it is."""
    return os.environ.get(FORWARDED, "127.0.0.1").strip().lower() in ("", "none")


def name_from_proxy(sender: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The name that a proxy gives; empty from anybody else, and when there are two names."""
    wanted = proxy_header()
    names = [value.strip() for name, value in headers if name.lower() == wanted]
    if not wanted or len(names) != 1 or not sender_is_true():
        return b""
    try:
        address = ipaddress.ip_address(sender)
        address = getattr(address, "ipv4_mapped", None) or address
        listed = any(address in each for each in proxies() if each.version == address.version)
    except ValueError:
        return b""
    return names[0] if listed and len(names[0]) <= LONGEST_NAME else b""


class NamedByProxy:
    """An application whose requests carry a visitor's name only where a proxy gave it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            sender = (scope.get("client") or ("",))[0]
            dropped = {_KNOWN.encode(), proxy_header()}
            headers = [each for each in scope["headers"] if each[0].lower() not in dropped]
            if name := name_from_proxy(sender, scope["headers"]):
                headers.append((_KNOWN.encode(), name))
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)


# Who asks ----------------------------------------------------------------------------------------


def identity() -> str:
    """What tells the visitor of the page that runs from all others; "" when nobody knows.

    A login is known by its issuer and its subject: names and mail addresses can be changed.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    user = st.user.to_dict()
    if user.get("is_logged_in") is True and user.get("sub"):
        return json.dumps(["login", str(user.get("iss") or ""), str(user["sub"])])
    name = st.context.headers.get(_KNOWN)
    return json.dumps(["proxy", name]) if name else ""


def called() -> str:
    """What the visitor is called, for themselves to see; "" when nobody knows."""
    user = st.user.to_dict()
    if user.get("is_logged_in") is True:
        return str(user.get("name") or user.get("email") or user.get("sub") or "")
    return str(st.context.headers.get(_KNOWN) or "")


def places_of_visitor() -> Places:
    """The places of whoever asks: their own, the lab's where nobody has any, or a look at those."""
    if not workspaces_on():
        return lab_places()
    who = identity()
    return workspace(who) if who else closed_lab(WHY_CLOSED)


def look_up_visitors() -> None:
    """From now on songrnn asks here for whom it acts."""
    register_finder(places_of_visitor)


# What the page says ------------------------------------------------------------------------------


def can_log_in() -> bool:
    """Whether a login of Streamlit's own is set up: all of `[auth]` in secrets.toml."""
    with contextlib.suppress(FileNotFoundError):
        told = st.secrets.get("auth", {})
        return all(told.get(key) for key in LOGIN_KEYS)
    return False


def logged_in() -> bool:
    """Whether the visitor came by it, and so can log out again."""
    return st.user.to_dict().get("is_logged_in") is True


def faults() -> list[str]:
    """What of the settings would let one visitor pass for another, a sentence each."""
    if not workspaces_on():
        return []
    found = []
    if st.get_option("server.trustedUserHeaders"):
        found.append(
            f"With {WORKSPACES} the setting `server.trustedUserHeaders` would let anyone pass for "
            f"another. Leave it out, and name the header in {PROXY_HEADER}."
        )
    if not proxy_header():
        return found
    try:
        listed = proxies()
    except ValueError as error:
        listed = []
        found.append(f"{PROXIES} is not a list of addresses: {error}.")
    if not listed:
        found.append(f"{PROXY_HEADER} needs the addresses of the proxies: `{PROXIES}=127.0.0.1`.")
    if not sender_is_true():
        found.append(
            "The address of a request could be one that its sender made up. Start with "
            f"`{FORWARDED}=none`, so that X-Forwarded-For is not believed."
        )
    return found
