"""The app served on this machine alone, from whatever folder: for browsers, visitors and figures."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "dashboard" / "Home.py"
STARTUP_SECONDS = 180  # for a busy machine


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    log: Path,
    script: Path = HOME,
    folder: Path = HOME.parent,
    flags: Sequence[str] = (),
    *,
    port: int | None = None,
    **environment: str,
) -> tuple[subprocess.Popen[bytes], str]:
    """A server of a Streamlit script, and its address. What it says goes to the log.

    folder is the one it is started in: by default where the safe settings lie, which scripts of
    the tests want too; flags follow the command. port: a free one when left out.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.headless", "true"]
    # A page of the tests has no settings beside it as the app has.
    command += ["--browser.gatherUsageStats", "false"]
    command += ["--server.fileWatcherType", "none", *flags]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except urllib.error.HTTPError:
            return server, address  # it answers, to those who know its name
        except OSError:
            time.sleep(0.1)
        else:
            return server, address
    server.kill()
    raise AssertionError(f"The app did not start:\n{log.read_text()}")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End a server that was started here."""
    server.terminate()
    try:
        server.wait(STARTUP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()  # it waits for connections to end; ours have
