"""The lab behind nginx and Caddy, with the very lines of docs/deployment.md, on loopback.

Changed are only names of this machine: ports, the certificate (made here; Caddy makes its own) and
the passwords. Who a visitor is comes from the proxy's login and from nothing else.
"""

import base64
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests import serving
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.long
DOCUMENT = serving.ROOT / "docs" / "deployment.md"
HOST = "tunes.example.org"
PASSWORD = "a password of the test"


def block(after: str) -> str:
    """The indented lines that follow a sentence of the document."""
    text = DOCUMENT.read_text().split(after, 1)[1]
    found = re.search(r"\n\n((?:(?:    .*)?\n)+)", text)
    assert found, after
    return found[1].rstrip() + "\n"


def replaced(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def app(serve: Callable[..., str], places: tuple[Path, Path]) -> str:
    """The app started as the document says, for people whom a proxy names; its port."""
    address = serve(
        flags=["--server.allowedHosts", HOST],
        SONGRNN_DATA=str(places[0]),
        SONGRNN_CHECKPOINTS=str(places[1]),
        SONGRNN_WORKSPACES="1",
        SONGRNN_PROXY_HEADER="X-Forwarded-User",
        SONGRNN_PROXIES="127.0.0.1",
        FORWARDED_ALLOW_IPS="none",
    )
    return address.rpartition(":")[2]


def nginx(folder: Path, app: str, port: int) -> list[str]:
    key, certificate = folder / "tunes.key", folder / "tunes.pem"
    subprocess.run(
        [*["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj"], f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True
    ).stdout.strip()
    (folder / "passwords").write_text(f"anna:{hashed}\n")
    server = replaced(
        block("**nginx** (tried with"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/tunes.pem", str(certificate)),
        ("/etc/ssl/tunes.key", str(key)),
        ("/etc/nginx/passwords", str(folder / "passwords")),
        ("127.0.0.1:8501", f"127.0.0.1:{app}"),
        ("            proxy_read_timeout", block("nginx, beside the other headers:") + "            proxy_read_timeout"),
    )  # fmt: skip
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{server}}}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, app: str, port: int) -> list[str]:
    hashed = subprocess.run(
        ["caddy", "hash-password", "--plaintext", PASSWORD],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    named = block("Caddy, inside of `reverse_proxy`:")
    site = replaced(
        block("**Caddy** (tried with"),
        (f"{HOST} {{", f"{HOST}:{port} {{\n        bind 127.0.0.1\n        tls internal"),
        ("JDJhJDE0JC…", base64.b64encode(hashed.encode()).decode() if not hashed.startswith("JD") else hashed),
        ("reverse_proxy 127.0.0.1:8501", replaced(named, ("8501", app)).strip()),
    )  # fmt: skip
    (folder / "Caddyfile").write_text(
        "{\n    admin off\n    auto_https disable_redirects\n    skip_install_trust\n}\n" + site
    )
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, app: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """A proxy in front of the app; its port on loopback."""
    make = request.param
    if not shutil.which(make.__name__):
        pytest.skip(f"{make.__name__} is not installed")
    folder = tmp_path_factory.mktemp(make.__name__)
    port = serving.free_port()
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            make(folder, app, port),
            stdout=log,
            stderr=log,
            env={
                "PATH": "/usr/sbin:/usr/bin:/bin",
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder),
            },
        )
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log.txt").read_text()
            if answer(port, "/") is not None:
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def trusting() -> ssl.SSLContext:
    """The certificate was made a moment ago; that it is the right one is not the question here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def login(name: str = "anna", password: str = PASSWORD) -> dict[str, str]:
    told = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {told}"}


def answer(port: int, path: str, **headers: str) -> int | None:
    """The status of an answer over TLS, asked for by the host's name; None when nobody answers."""
    import http.client

    connection = http.client.HTTPSConnection("127.0.0.1", port, context=_named(), timeout=60)
    try:
        connection.request("GET", path, headers={"Host": f"{HOST}:{port}", **headers})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def _named() -> ssl.SSLContext:
    """TLS that asks for the host by its name, wherever it is connected to (SNI)."""

    class Named(ssl.SSLContext):
        def wrap_socket(self, sock: object, *_: object, **__: object) -> ssl.SSLSocket:  # type: ignore[override]
            return super().wrap_socket(sock, server_hostname=HOST)  # type: ignore[arg-type]

    context = Named(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def who(port: int, **headers: str) -> str:
    """What a page says of whose workspace it shows, looked at over the websocket."""
    visitor = Visitor(
        f"https://{HOST}:{port}",
        headers=headers,
        connecting={"address": ("127.0.0.1", port), "ssl": trusting()},
    )
    with visitor:
        visitor.visit("glossary")
        shown = visitor.shown()
    found = re.search(r"Workspace of (.*?):", shown)
    return found[1] if found else "nobody" if "nobody knows who you are" in shown else shown


def test_without_the_login_nothing_is_answered(proxy: int) -> None:
    assert answer(proxy, "/") == 401
    assert answer(proxy, "/", **login(password="wrong")) == 401
    assert answer(proxy, "/", **{"X-Forwarded-User": "anna"}) == 401
    with pytest.raises(InvalidStatus, match="401"):
        who(proxy)


def test_with_it_the_page_comes_and_what_is_closed_stays_closed(proxy: int) -> None:
    assert answer(proxy, "/", **login()) == 200
    assert answer(proxy, "/_stcore/metrics", **login()) == 404


def test_the_workspace_is_that_of_who_logged_in_whatever_a_visitor_sends(proxy: int) -> None:
    assert who(proxy, **login()) == "anna"
    for forged in ("X-Forwarded-User", "x-forwarded-user", "X-Songrnn-Visitor", "X_Forwarded_User"):
        assert who(proxy, **login(), **{forged: "bert"}) == "anna"
    assert who(proxy, **login(), **{"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}) == "anna"  # fmt: skip


def test_a_websocket_from_a_page_of_another_site_is_refused(proxy: int) -> None:
    visitor = Visitor(
        f"https://{HOST}:{proxy}",
        headers=login(),
        connecting={
            "address": ("127.0.0.1", proxy), "ssl": trusting(),
            "origin": "https://elsewhere.example.org",
        },
    )  # fmt: skip
    with pytest.raises(InvalidStatus, match="403"), visitor:
        pass


def test_who_comes_past_the_proxy_by_another_host_name_is_refused(app: str) -> None:
    """A page of another site whose name was made to lead here (DNS rebinding)."""
    visitor = Visitor(
        f"http://elsewhere.example.org:{app}", connecting={"address": ("127.0.0.1", int(app))}
    )
    with pytest.raises(InvalidStatus, match="403"), visitor:
        pass
