"""Reaching a Dask scheduler: its address, whether it answers, whether all there is fits this lab."""

import contextlib
import logging
import re
import socket
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from songrnn.errors import SongRNNError
from songrnn.tuning.on_worker import mismatch, versions

if TYPE_CHECKING:
    from distributed import Client

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+):(\d{1,5})/?")

# Seconds that a scheduler may take to answer.
TIMEOUT = 10.0

# Bytes; it names versions and ways of compression.
_LONGEST_GREETING = 1 << 16

ADVICE = "install the same SongRNN Lab with its extra `cluster` there as here"


class ClusterError(SongRNNError):
    """A cluster cannot be reached or used; the message says why and what to do."""


def check_address(address: str) -> str:
    """The address without a slash at its end. Raises ClusterError unless it is one."""
    match = _ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[3]) < 65_536:
        raise ClusterError(
            f"{address!r} is not the address of a Dask scheduler; "
            "give one like tcp://HOST:8786 (or tls://HOST:8786)."
        )
    return address.removesuffix("/")


def connect(address: str, *, timeout: float = TIMEOUT) -> "Client":
    """A client of the scheduler at `address`, once all there is fits this machine.

    timeout: seconds. Raises ClusterError when the package distributed is missing, nothing
    answers, or scheduler or a worker lacks the lab or has another version of it.
    """
    address = check_address(address)
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "To sweep on a cluster, install the extra `cluster` as well: "
            "pip install -r requirements.txt -e '.[cluster]'"
        ) from error
    # What it has to say of lost connections we say ourselves. Each of its loggers has a level.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    _probe(address, timeout)
    if address.startswith("tls:") and not _has_certificates():
        raise ClusterError(
            f"{address} asks for TLS, but Dask's configuration here names no certificates; "
            "set distributed.comm.tls there."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"The scheduler {address} cannot be used: {reason}.") from error
    try:
        check_versions(client, address)
    except BaseException:
        client.close(timeout=1)
        raise
    return client


def _probe(address: str, timeout: float) -> None:
    """Raise ClusterError unless a scheduler seems to answer: a client would wait for ever.

    A scheduler greets first: eight bytes that say how long the greeting is.
    """
    match = _ADDRESS.fullmatch(address)
    assert match is not None
    try:
        door = socket.create_connection((match[2].strip("[]"), int(match[3])), timeout)
    except OSError as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address} ({error.strerror or error}); check that it "
            "runs and that this machine reaches its port."
        ) from error
    with door:
        if match[1] == "tls":
            return
        greeting = b""
        with contextlib.suppress(OSError):
            while len(greeting) < 8 and (more := door.recv(8 - len(greeting))):
                greeting += more
    if len(greeting) < 8 or int.from_bytes(greeting, "little") > _LONGEST_GREETING:
        raise ClusterError(
            f"What answers at {address} is not a Dask scheduler; its own port is 8786 unless it was "
            "started with another (8787 is its web page)."
        )


def _has_certificates() -> bool:
    from distributed import Security

    return Security().get_connection_args("client").get("ssl_context") is not None


def check_versions(client: Any, address: str) -> None:
    """Raise ClusterError when scheduler or a worker would not train as this machine does."""
    try:
        found: dict[str, Any] = {
            f"The scheduler {address}": client.run_on_scheduler(versions),
            **{f"The worker {a}": v for a, v in client.run(versions, on_error="return").items()},
        }
    except (ImportError, AttributeError):
        found = {f"The scheduler {address}": None}
    except OSError as error:
        raise ClusterError(f"The scheduler {address} went away ({error}).") from error
    for who, theirs in found.items():
        if not isinstance(theirs, Mapping):
            raise ClusterError(f"{who} has no songrnn of this version; {ADVICE}.")
        if problem := mismatch(versions(), theirs):
            raise ClusterError(f"{who} has {problem}; {ADVICE}.")
