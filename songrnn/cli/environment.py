"""What the environment sets for the lab, and what of it is not understood or does not go together.

A variable with a mistake in its name does nothing at all, and nothing else would say so.
"""

import difflib
import importlib.util
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from songrnn.access import READ_ONLY
from songrnn.cli.finding import Finding
from songrnn.event_log import LOG
from songrnn.paths import DISK_BYTES, SHARED_CHECKPOINTS, SHARED_DATA
from songrnn.training.interruption import HOURS
from songrnn.training.waiting import AT_ONCE, EACH
from songrnn.workspaces import DISK_EACH, SONGS_AN_HOUR, WORKSPACES, workspaces_on

NUMBERS = (AT_ONCE, EACH, HOURS, DISK_EACH, SONGS_AN_HOUR)
PROXY_HEADER, PROXIES = "SONGRNN_PROXY_HEADER", "SONGRNN_PROXIES"
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
    if known:
        yield Finding("ok", "Settings", "; ".join(f"{name}={told[name]}" for name in known))
    for name in sorted(told.keys() - KNOWN):
        near = difflib.get_close_matches(name, KNOWN, 1, 0.8)
        remedy = f"Did you mean {near[0]}?" if near else _HOW
        yield Finding("warning", "Settings", f"{name} is no setting, and does nothing", remedy)
    for name in NUMBERS:
        value = told.get(name, "").strip()
        if value and not (value.isascii() and value.isdigit()):
            what = f"{name}={value} is not a whole number, and does nothing"
            yield Finding("warning", "Settings", what, "Give a number in digits.")
    yield from _log(told.get(LOG, ""))
    if workspaces_on():
        yield from _who_is_known(told)


def _log(target: str) -> Iterator[Finding]:
    if not target or target == "stderr":
        return
    path = Path(target)
    if not os.access(path if path.exists() else path.parent, os.W_OK) or path.is_dir():
        remedy = "Name a file that the lab may write, or `stderr`."
        yield Finding("error", "Settings", f"{LOG}={target} cannot be written", remedy)


def _who_is_known(told: Mapping[str, str]) -> Iterator[Finding]:
    login = _login_is_set_up()
    if login and importlib.util.find_spec("authlib") is None:
        remedy = "pip install -e '.[login]'"
        yield Finding("error", "Login", "[auth] is set up, and its packages are missing", remedy)
    if bool(told.get(PROXY_HEADER)) != bool(told.get(PROXIES)):
        what = f"of {PROXY_HEADER} and {PROXIES} one is set without the other"
        yield Finding("error", "Settings", what, _HOW)
    elif not login and not told.get(PROXY_HEADER):
        what = "everyone has a workspace, and nothing says who somebody is: all may only look"
        remedy = "Set up a login or a proxy: docs/deployment.md, Workspaces."
        yield Finding("warning", "Settings", what, remedy)


def _login_is_set_up() -> bool:
    """Whether `[auth]` stands where Streamlit looks for it: in this folder, then at home."""
    for folder in (Path.cwd(), Path.home()):
        try:
            if "auth" in tomllib.loads((folder / ".streamlit" / "secrets.toml").read_text()):
                return True
        except (OSError, ValueError):
            continue
    return False
