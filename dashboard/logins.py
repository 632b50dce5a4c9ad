"""Logins that fail, said on a page of their own.

Streamlit's own login (`st.login`, OpenID Connect Core 1.0) answers a failure by going to the first
page without a word, or with two words alone. Whoever wanted to log in should read that it did not
work, and what it can be; the server's log, which is for whoever runs it, has the details. Nothing
of what stands in the address is shown: anyone can send such a link.
"""

import logging
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from songrnn.event_log import log_event

LOGIN, CALLBACK = "/auth/login", "/oauth2callback"
# The cookie of somebody who is logged in (`USER_COOKIE_NAME` of Streamlit's server).
_COOKIE = "_streamlit_user"
_NO_LOGIN = (
    "This server has no login set up; whoever runs it finds in docs/deployment.md how it is done."
)
_NO_ANSWER = (
    "The login could not be finished: it was begun too long ago or in another window, or the "
    "provider could not be asked. Try once more."
)
_MISTAKE = (
    "This server made a mistake of its own. Whoever runs it finds the reason in its log; trying "
    "again will not help."
)
# What a provider may answer (OAuth 2.0, RFC 6749, section 4.1.2.1, and OpenID Connect Core 1.0,
# section 3.1.2.6).
_REFUSED = {
    "access_denied": "Whoever was asked, you or the provider, said no.",
    "login_required": "The provider wants you to log in there first.",
    "interaction_required": "The provider wants to ask you something, and was not let.",
    "account_selection_required": "The provider wants you to choose an account, and was not let.",
    "consent_required": "The provider wants your consent, and was not let ask for it.",
    "temporarily_unavailable": "The provider has too much to do. Try again in a while.",
    "server_error": "The provider made a mistake of its own. Try again in a while.",
}
_UNSAID = (
    "The provider did not accept what this server asked of it. Whoever runs the server finds the "
    "reason in its log, and the settings in docs/deployment.md."
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>The login did not work</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }}</style>
<h1>The login did not work</h1>
<p>{reason}</p>
<p>Everything can be looked at and heard without a login: <a href="{home}">back to the lab</a>.</p>
</html>
"""


class FailedLogins:
    """An application that says so when somebody could not be logged in.

    can_log_in: whether a login is set up.
    """

    def __init__(self, app: ASGIApp, can_log_in: Callable[[], bool] = lambda: True) -> None:
        self.app, self._can_log_in = app, can_log_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/") if scope["type"] == "http" else ""
        if not path.endswith((LOGIN, CALLBACK)):
            await self.app(scope, receive, send)
            return
        said, begun = "", False

        async def or_say(message: Message) -> None:
            nonlocal said, begun
            if message["type"] == "http.response.start":
                begun = True
                said = _failure(path, scope, message)
                if said and not self._can_log_in():
                    said = "no login"
                if said:
                    await _say(said, path, message, scope, receive, send)
            if not said:
                await send(message)

        try:
            await self.app(scope, receive, or_say)
        except Exception:
            if begun:
                raise
            logging.getLogger("dashboard").exception("A login failed")
            start = {"status": 500, "headers": []}
            await _say("mistake", path, start, scope, receive, send)


def _failure(path: str, scope: Scope, start: Message) -> str:
    """Why nobody is logged in after this answer; "" where all is well."""
    headers = MutableHeaders(scope=start)
    if start["status"] >= 400:
        return "no answer"
    if not path.endswith(CALLBACK):
        # The first page instead of the provider's: the button was too old.
        home = headers.get("location", "")
        return "no answer" if home.startswith("/") and not home.startswith("//") else ""
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if "error" in asked:
        error = asked["error"][0]
        return error if error in _REFUSED else "refused"
    # A provider comes back here after a logout too, with neither a code nor an error.
    return "no answer" if "code" in asked and not _logged_in(scope, headers) else ""


def _logged_in(scope: Scope, answer: MutableHeaders) -> bool:
    """Whether somebody is after this answer, or was before and stays so."""
    ours = [each for each in answer.getlist("set-cookie") if each.startswith(_COOKIE)]
    if ours:
        return any("max-age=0" not in each.lower().replace(" ", "") for each in ours)
    sent = Headers(scope=scope).get("cookie", "")
    return any(each.strip().startswith(f"{_COOKIE}=") for each in sent.split(";"))


async def _say(
    failure: str, path: str, start: Message, scope: Scope, receive: Receive, send: Send
) -> None:
    ours = {"no answer": _NO_ANSWER, "mistake": _MISTAKE, "no login": _NO_LOGIN}
    log_event("failed", "login", kind=failure)
    reason = ours.get(failure) or _REFUSED.get(failure, _UNSAID)
    home = "../" if path.endswith(LOGIN) else "./"
    status = start["status"] if start["status"] >= 400 else 401
    answer = HTMLResponse(_PAGE.format(reason=reason, home=home), status)
    # Those that take away what was left of another login.
    for cookie in MutableHeaders(scope=start).getlist("set-cookie"):
        answer.headers.append("set-cookie", cookie)
    await answer(scope, receive, send)
