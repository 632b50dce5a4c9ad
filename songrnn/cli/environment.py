"""What the environment sets for the lab, and what of it is not understood or does not go together.

A variable with a mistake in its name does nothing at all, and nothing else would say so.
"""

import difflib
import importlib.util
import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from songrnn.access import READ_ONLY
from songrnn.cli.finding import Finding
from songrnn.event_log import LOG
from songrnn.paths import DISK_BYTES, SHARED_CHECKPOINTS, SHARED_DATA
from songrnn.training.interruption import HOURS
from songrnn.training.waiting import AT_ONCE, EACH
from songrnn.workspaces import (
    DISK_EACH,
    LOGIN_KEYS,
    SONGS_AN_HOUR,
    WORKSPACES,
    workspaces_on,
)

NUMBERS = (AT_ONCE, EACH, HOURS, DISK_EACH, SONGS_AN_HOUR)
PROXY_HEADER, PROXIES = "SONGRNN_PROXY_HEADER", "SONGRNN_PROXIES"
# Of uvicorn's, which serves the app; `dashboard/visitors.py` says what it does.
FORWARDED = "FORWARDED_ALLOW_IPS"
# Every variable that the lab reads.
KNOWN = {
    *NUMBERS, READ_ONLY, WORKSPACES, LOG, PROXY_HEADER, PROXIES, SHARED_CHECKPOINTS, SHARED_DATA,
    DISK_BYTES,
    "SONGRNN_CHECKPOINTS", "SONGRNN_DATA", "SONGRNN_SOUNDFONT", "SONGRNN_ANY_ADDRESS",
}  # fmt: skip
_HOW = "docs/deployment.md lists the variables."


def settings(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """What is set; what has no effect, and what is missing beside it."""
    told = {name: value for name, value in environment.items() if name.startswith("SONGRNN_")}
    known = sorted(told.keys() & KNOWN)
    mistaken = {name for name in NUMBERS if not _is_number(told.get(name, ""))}
    if understood := [name for name in known if name not in mistaken]:
        yield Finding("ok", "Settings", "; ".join(f"{name}={told[name]}" for name in understood))
    for name in sorted(told.keys() - KNOWN):
        near = difflib.get_close_matches(name, KNOWN, 1, 0.8)
        remedy = f"Did you mean {near[0]}?" if near else _HOW
        yield Finding("warning", "Settings", f"{name} is no setting, and does nothing", remedy)
    for name in sorted(mistaken):
        what = f"{name}={told[name].strip()} is not a whole number, and does nothing"
        yield Finding("warning", "Settings", what, "Give a number in digits.")
    yield from _log(told.get(LOG, ""))
    if workspaces_on():
        yield from _who_is_known(told)
        forwarded = {FORWARDED: environment[FORWARDED]} if FORWARDED in environment else {}
        yield from _whom_proxies_name(told | forwarded)


def _is_number(told: str) -> bool:
    """Whether it is one in digits, or nothing."""
    value = told.strip()
    return not value or (value.isascii() and value.isdigit())


def _log(target: str) -> Iterator[Finding]:
    if not target or target == "stderr":
        return
    path = Path(target)
    if not os.access(path if path.exists() else path.parent, os.W_OK) or path.is_dir():
        remedy = "Name a file that the lab may write, or `stderr`."
        yield Finding("error", "Settings", f"{LOG}={target} cannot be written", remedy)


def _who_is_known(told: Mapping[str, str]) -> Iterator[Finding]:
    told_of_login = _login()
    login = told_of_login is not None
    lacking = [key for key in LOGIN_KEYS if not (told_of_login or {}).get(key)]
    if login and lacking:
        what = f"[auth] lacks {', '.join(lacking)}: no page offers a login"
        yield Finding(
            "error", "Login", what, "Write them into .streamlit/secrets.toml: docs/deployment.md."
        )
    if login and None in map(importlib.util.find_spec, ("authlib", "httpx")):
        remedy = "pip install -e '.[login]'"
        yield Finding("error", "Login", "[auth] is set up, and its packages are missing", remedy)
    if bool(told.get(PROXY_HEADER)) != bool(told.get(PROXIES)):
        what = f"of {PROXY_HEADER} and {PROXIES} one is set without the other"
        yield Finding("error", "Settings", what, _HOW)
    elif not login and not told.get(PROXY_HEADER):
        what = "everyone has a workspace, and nothing says who somebody is: all may only look"
        remedy = "Set up a login or a proxy: docs/deployment.md, Workspaces."
        yield Finding("warning", "Settings", what, remedy)


def _whom_proxies_name(told: Mapping[str, str]) -> Iterator[Finding]:
    """What of the header would keep the app from showing a page."""
    for each in filter(None, (part.strip() for part in told.get(PROXIES, "").split(","))):
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            what = f"of {PROXIES} {each!r} is no address and no network"
            yield Finding("error", "Settings", what, f"Write it as {PROXIES}=127.0.0.1.")
    if told.get(PROXY_HEADER) and told.get(FORWARDED, "127.0.0.1").strip().lower() not in (
        "",
        "none",
    ):
        what = f"{PROXY_HEADER} is set without {FORWARDED}=none: a sender could make up its address"
        yield Finding("error", "Settings", what, f"Start the app with {FORWARDED}=none.")


def _login() -> Mapping[str, Any] | None:
    """`[auth]` where Streamlit looks for it, in this folder, then at home; None without one."""
    for folder in (Path.cwd(), Path.home()):
        try:
            found = tomllib.loads((folder / ".streamlit" / "secrets.toml").read_text()).get("auth")
        except (OSError, ValueError):
            continue
        if isinstance(found, Mapping):
            return found
    return None
