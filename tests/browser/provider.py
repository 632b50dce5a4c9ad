"""A provider of OpenID Connect on this machine alone, for tests: it asks who one is, and believes it.

What of the standard (OpenID Connect Core 1.0) a login needs: discovery, authorization codes used
once, tokens signed with RS256, and a logout. Everything is checked that a client could get wrong.
"""

import base64
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT, SECRET = "lab", "a secret of the client"


@dataclass
class Provider:
    """address: its own, which is the issuer. people: their names by the subject of their login.

    asked: the requests it had, as (path, parameters).
    """

    address: str
    people: dict[str, str]
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        places = {
            f"{name}_endpoint": f"{self.address}/{name}"
            for name in ("authorization", "token", "userinfo", "end_session")
        }
        return places | {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        each = {
            name: _coded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
            for name, value in (("n", numbers.n), ("e", numbers.e))
        }
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", **each}]}

    def choice(self, asked: dict[str, str]) -> str:
        """The page that asks who one is: a link for each."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        links = "".join(
            f'<p><a href="/chosen?{html.escape(urlencode(asked | {"subject": subject}))}">{name}</a></p>'
            for subject, name in self.people.items()
        )
        return f"<h1>Who are you?</h1>{links}"

    def chosen(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    def token(self, sent: dict[str, str], authorization: str) -> dict[str, Any]:
        kind, _, credentials = authorization.partition(" ")
        assert kind == "Basic"
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
        assert (name, secret) == (CLIENT, SECRET.replace(" ", "+")) or secret == SECRET
        asked = self.codes.pop(sent["code"])  # a code is good for once
        assert sent["redirect_uri"] == asked["redirect_uri"]
        if challenge := asked.get("code_challenge"):
            assert _coded(sha256(sent["code_verifier"].encode()).digest()) == challenge
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": asked["subject"], "iat": int(time.time()),
            "exp": int(time.time()) + 600, "name": self.people[asked["subject"]],
        }  # fmt: skip
        if "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        return {
            "access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 600,
            "id_token": self._signed(claims),
        }  # fmt: skip

    def _signed(self, claims: dict[str, Any]) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        said = ".".join(_coded(json.dumps(part).encode()) for part in (head, claims))
        signature = self.key.sign(said.encode(), padding.PKCS1v15(), SHA256())
        return f"{said}.{_coded(signature)}"


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def provider(people: dict[str, str]) -> Iterator[Provider]:
    """One that answers on a port of its own until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, _only(urlsplit(self.path).query)
            here.asked.append((path, asked))
            if path == "/.well-known/openid-configuration":
                self._json(here.discovery())
            elif path == "/keys":
                self._json(here.keys())
            elif path == "/authorization":
                self._send(200, here.choice(asked).encode(), "text/html")
            elif path == "/chosen":
                self._send(302, b"", "text/html", Location=here.chosen(asked))
            elif path == "/end_session":
                self._send(302, b"", "text/html", Location=asked["post_logout_redirect_uri"])
            else:
                self._send(404, b"", "text/plain")

        def do_POST(self) -> None:
            sent = _only(self.rfile.read(int(self.headers["Content-Length"])).decode())
            here.asked.append((self.path, sent))
            assert self.path == "/token"
            self._json(here.token(sent, self.headers["Authorization"]))

        def _json(self, document: dict[str, Any]) -> None:
            self._send(200, json.dumps(document).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Type": kind}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Provider(f"http://127.0.0.1:{server.server_port}", people)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _only(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
