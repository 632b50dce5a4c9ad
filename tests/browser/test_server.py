"""The server as a stranger finds it: where it listens, and whom it talks to."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, expect

from tests import serving


def handshake(address: str, host: str) -> str:
    """The first line of the answer to a websocket that a page on http://{host} opens."""
    port = urlsplit(address).port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(
            (
                f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            ).encode()
        )
        return wire.recv(4096).decode("latin-1").split("\r\n")[0]


def listeners(address: str) -> set[str]:
    """On which addresses of this machine somebody listens at that port."""
    port = urlsplit(address).port
    return {
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }


def test_started_from_elsewhere_it_listens_on_this_machine_alone(
    serve: Callable[..., str], places: tuple[Path, Path]
) -> None:
    data, checkpoints = places
    address = serve(folder=Path("/"), SONGRNN_DATA=str(data), SONGRNN_CHECKPOINTS=str(checkpoints))
    assert listeners(address) == {"127.0.0.1"}
    assert "101" in handshake(address, f"127.0.0.1:{urlsplit(address).port}")
    assert "403" in handshake(address, "rebound.example.org")


def test_starting_says_where_the_app_is_and_no_more(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    data, checkpoints = places
    log = tmp_path / "log.txt"
    environment = {"SONGRNN_DATA": str(data), "SONGRNN_CHECKPOINTS": str(checkpoints)}
    server, address = serving.start(log, **environment)
    time.sleep(3)  # a thread reads ahead
    serving.stop(server)
    said = [line.strip() for line in log.read_text().splitlines() if line.strip()]
    assert said == [
        "You can now view your Streamlit app in your browser.",
        f"URL: {address}",
        *(line for line in said if line.startswith("Stopping")),
    ]


def test_a_page_of_another_site_cannot_open_a_session(lab) -> None:
    port = urlsplit(lab.url).port
    assert "101" in handshake(lab.url, f"localhost:{port}")
    for host in (f"rebound.example.org:{port}", "localhost.example.org", "10.0.0.1"):
        assert "403" in handshake(lab.url, host), host


@pytest.mark.parametrize(
    "flags",
    [["--server.maxUploadSize", "4000"], ["--browser.gatherUsageStats", "true"]],
    ids=["upload", "statistics"],
)
def test_unsafe_settings_are_told_instead_of_a_page(
    serve: Callable[..., str],
    places: tuple[Path, Path],
    browser: Browser,
    flags: list[str],
) -> None:
    data, checkpoints = places
    address = serve(flags=flags, SONGRNN_DATA=str(data), SONGRNN_CHECKPOINTS=str(checkpoints))
    page = browser.new_page()
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text(flags[0], timeout=30_000)
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.close()
