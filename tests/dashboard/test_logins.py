"""A login that fails is said on a page, which shows nothing of what stood in the address."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.logins import FailedLogins
from tests.asgi import answered

IN = "_streamlit_user=signed; Path=/; HttpOnly"
OUT = '_streamlit_user=""; Max-Age=0; Path=/'


def home(*cookies: str, status: int = 302) -> ASGIApp:
    """An application that sends everybody to the first page with these cookies."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = RedirectResponse("/", status) if status < 400 else Response("no", status)
        for cookie in cookies:
            answer.headers.append("set-cookie", cookie)
        await answer(scope, receive, send)

    return app


async def provider(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends everybody to where they log in."""
    await RedirectResponse("https://login.example.org/authorize", 302)(scope, receive, send)


def ask(app: ASGIApp, address: str, cookie: str = "") -> tuple[int, dict[str, str], str]:
    """(status, headers, text) of an answer."""
    got: list[Any] = []

    async def send(message: Any) -> None:
        got.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(b"cookie", cookie.encode())],
    }
    answered(FailedLogins(app)({**scope, "query_string": query.encode()}, receive, send))  # type: ignore[arg-type]
    start, *bodies = got
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(each.get("body", b"") for each in bodies).decode()


@pytest.mark.parametrize(
    ("address", "app"),
    [
        ("/oauth2callback?code=1&state=2", home(IN)),
        ("/oauth2callback?code=1&state=2", home(OUT, IN)),
        ("/lab/oauth2callback?code=1", home(IN)),
        ("/oauth2callback", home(OUT)),  # from the provider, after a logout
        ("/auth/logout", home(OUT)),
        ("/runs?error=access_denied", home()),
    ],
)
def test_what_went_well_goes_on_as_it_was(address: str, app: ASGIApp) -> None:
    status, headers, text = ask(app, address)
    assert (status, headers["location"], text) == (302, "/", "")


@pytest.mark.parametrize(
    ("address", "app", "status", "words"),
    [
        ("/oauth2callback?error=access_denied&state=2", home(OUT), 401, "said no"),
        ("/oauth2callback?error=invalid_request", home(OUT), 401, "did not accept"),
        ("/oauth2callback?error=", home(), 401, "did not accept"),
        ("/oauth2callback?code=1&state=of-nobody", home(), 401, "Try once more"),
        ("/oauth2callback?code=1&state=2", home(OUT), 401, "Try once more"),
        ("/lab/oauth2callback?code=1", home(status=500), 500, "Try once more"),
        ("/auth/login?provider=x", home(status=400), 400, "Try once more"),
        ("/auth/login?provider=too-old", home(), 401, "Try once more"),
    ],
)
def test_a_failure_is_said(address: str, app: ASGIApp, status: int, words: str) -> None:
    found, headers, text = ask(app, address)
    assert found == status
    assert "location" not in headers
    assert headers["content-type"].startswith("text/html")
    assert words in text
    assert ('href="../"' if "/auth/" in address else 'href="./"') in text


def test_a_mistake_of_the_servers_own_is_said_as_well() -> None:
    """Such as Authlib without httpx, which Streamlit finds out when somebody logs in."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ModuleNotFoundError("No module named 'httpx'")

    for address in ("/auth/login?provider=x", "/oauth2callback?code=1&state=2"):
        status, headers, text = ask(broken, address)
        assert status == 500
        assert headers["content-type"].startswith("text/html")
        assert "mistake of its own" in text
        assert "httpx" not in text


def test_where_no_login_is_set_up_nobody_is_told_to_try_again() -> None:
    async def send(message: Any) -> None:
        got.append(message)

    got: list[Any] = []
    scope = {"type": "http", "method": "GET", "path": "/auth/login", "headers": []}
    app = FailedLogins(home(status=400), can_log_in=lambda: False)
    answered(app({**scope, "query_string": b""}, None, send))  # type: ignore[arg-type]
    assert b"no login set up" in got[1]["body"]


def test_who_is_sent_to_the_provider_goes_there() -> None:
    status, headers, _ = ask(provider, "/auth/login?provider=x")
    assert (status, headers["location"][:25]) == (302, "https://login.example.org")


def test_an_answer_that_comes_twice_logs_nobody_out() -> None:
    again = "/oauth2callback?code=1&state=used"
    assert ask(home(), again, f"a=b; {IN.partition(';')[0]}")[0] == 302
    assert ask(home(OUT), again, IN.partition(";")[0])[0] == 401  # the cookie was not valid
    assert ask(home(), again, "other_streamlit_user=1")[0] == 401


def test_what_was_left_of_another_login_is_taken_away() -> None:
    assert ask(home(OUT), "/oauth2callback?error=access_denied")[1]["set-cookie"] == OUT


def test_nothing_of_the_address_is_shown_or_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_LOG", str(tmp_path / "log"))
    hostile = "%3Cscript%3Epwned%3C/script%3E"
    _, _, text = ask(home(), f"/oauth2callback?error={hostile}&error_description={hostile}")
    assert "pwned" not in text
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert json.loads(line)["kind"] == "refused"
    assert "pwned" not in line
