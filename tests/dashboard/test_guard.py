"""The settings without which no page is shown."""

from typing import Any

import pytest

from dashboard.guard import ANY_ADDRESS, faults, is_loopback

SAFE: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
    "browser.gatherUsageStats": False,
    "server.maxUploadSize": 64,
    "server.maxWidgetStateSize": 4,
    "client.showErrorDetails": "type",
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
}


def test_the_shipped_settings_have_no_fault() -> None:
    assert faults(SAFE.get) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server.address", None),
        ("server.address", ""),
        ("server.address", "0.0.0.0"),
        ("server.address", "::"),
        ("server.address", "192.168.0.7"),
        ("server.allowedHosts", []),
        ("server.allowedHosts", ["*"]),
        ("browser.gatherUsageStats", True),
        ("server.maxUploadSize", 2000),
        ("server.maxWidgetStateSize", 25),
        ("client.showErrorDetails", "full"),
        ("server.enableXsrfProtection", False),
        ("server.enableCORS", False),
    ],
)
def test_each_open_setting_is_named_with_its_remedy(name: str, value: Any) -> None:
    found = faults({**SAFE, name: value}.get)
    assert len(found) == 1
    assert f"--{name}" in found[0]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.0.7", "::"])
def test_naming_hosts_opens_no_network(address: str) -> None:
    """Whoever reaches the port can send the name."""
    named = ["localhost", "tunes.example.org"]
    assert faults({**SAFE, "server.allowedHosts": named}.get) == []
    (said,) = faults({**SAFE, "server.address": address, "server.allowedHosts": named}.get)
    assert "allowedHosts" not in said


def test_in_a_container_every_address_may_be_listened_on_and_hosts_are_still_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = {**SAFE, "server.address": "0.0.0.0"}
    monkeypatch.setenv(ANY_ADDRESS, "1")
    assert faults(options.get) == []
    assert len(faults({**options, "server.allowedHosts": ["*"]}.get)) == 1
    assert len(faults({**options, "server.allowedHosts": []}.get)) == 1
    monkeypatch.setenv(ANY_ADDRESS, "0")
    assert len(faults(options.get)) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"]
)
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example.org", "0.0.0.0", "10.0.0.1", "::", "a b"])
def test_nothing_else_is_this_machine(host: str) -> None:
    assert not is_loopback(host)
