"""Before any page runs: is the server as closed as it has to be?

The safe settings lie beside the entry, in `dashboard/.streamlit/config.toml`, where Streamlit
finds them from whatever folder it is started. Flags and `STREAMLIT_…` variables still override
them, by mistake as well as on purpose. So the entry asks here first, and a server that would let
strangers in, report on its users or take uploads of any size shows what is wrong instead of a
page. Strangers' host names are refused by Streamlit itself (`server.allowedHosts`), which is
what stops a page of another site from reaching this one by DNS rebinding.
"""

import ipaddress
import os
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import visitors
from songrnn.event_log import log_event
from songrnn.notation.files.tune_file import MOST_MEBIBYTES

# Set to 1 inside a container, whose own network decides who reaches it: the server may then listen
# on every address. Host names are checked all the same.
ANY_ADDRESS = "SONGRNN_ANY_ADDRESS"

# Megabytes: what the lab reads of one file. Larger uploads could only fill the machine's memory.
LARGEST_UPLOAD = MOST_MEBIBYTES
# Megabytes: what a browser may send at once, all that is chosen and written on its page.
LARGEST_MESSAGE = 4


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def faults(option: Callable[[str], Any] = st.get_option) -> list[str]:
    """What is open that should be closed, a sentence each; empty when all is as it should be.

    option: a setting of Streamlit's by its name.
    """
    found: list[str] = []
    address = option("server.address")
    hosts = list(option("server.allowedHosts") or [])
    contained = os.environ.get(ANY_ADDRESS, "") == "1"
    # Whoever reaches the port can send any host's name: naming hosts keeps nobody out of a network.
    if not contained and (not address or not is_loopback(address)):
        where = f"on {address}" if address else "on every network of this machine"
        found.append(
            f"The server listens {where}. Start it with `--server.address 127.0.0.1`, and let others "
            "in through a reverse proxy with a login (docs/deployment.md)."
        )
    if not hosts or "*" in hosts:
        found.append(
            "Any host name is accepted, so pages of other sites could reach this one. Name the "
            "hosts: `--server.allowedHosts localhost`."
        )
    if option("browser.gatherUsageStats"):
        found.append("Usage statistics are on. Turn them off: `--browser.gatherUsageStats false`.")
    if option("server.maxUploadSize") > LARGEST_UPLOAD:
        found.append(
            f"Uploads of {option('server.maxUploadSize')} MB are allowed; at most "
            f"{LARGEST_UPLOAD} MB is safe: `--server.maxUploadSize {LARGEST_UPLOAD}`."
        )
    if option("server.maxWidgetStateSize") > LARGEST_MESSAGE:
        found.append(
            f"Messages of {option('server.maxWidgetStateSize')} MB are read; at most "
            f"{LARGEST_MESSAGE} MB is safe: `--server.maxWidgetStateSize {LARGEST_MESSAGE}`."
        )
    if option("client.showErrorDetails") in {"full", True, "true"}:
        found.append(
            "Errors would show the program's inside. Use `--client.showErrorDetails type`."
        )
    if not option("server.enableXsrfProtection") or not option("server.enableCORS"):
        found.append(
            "Protection against requests of other sites is off. Start without "
            "`--server.enableXsrfProtection false` and `--server.enableCORS false`."
        )
    return found


def stop_if_open() -> None:
    """Show what is wrong with the server's settings, and no page, when something is."""
    found = [*faults(), *visitors.faults()]
    if not found:
        return
    log_event("refused", "app", faults=len(found))
    st.error(
        "This server was started with unsafe settings, so no page is shown.\n\n"
        + "\n".join(f"- {sentence}" for sentence in found)
    )
    st.stop()
