"""Workspaces with a login of Streamlit's own: two people, a provider, a browser, and a logout."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from songrnn.paths import using
from songrnn.workspaces import folder_name, workspace
from tests import serving

pytest.importorskip("authlib", reason="pip install -e '.[login]'")
pytest.importorskip("httpx", reason="pip install -e '.[login]'")
pytest.importorskip("cryptography", reason="pip install -e '.[login]'")

from tests.browser.provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.long
# By the subjects of their logins. Both are called the same, which must not make them one.
PEOPLE = {"7f3a": "Alex One", "9b1c": "Alex Two"}
PATIENCE = 60_000.0  # milliseconds, for a busy machine
PAGE = "glossary"  # one that is drawn at once
MARKS = {"7f3a": "quetzal", "9b1c": "wombat"}


@pytest.fixture(scope="module")
def login() -> Iterator[Provider]:
    with provider(PEOPLE) as here:
        yield here


@pytest.fixture(scope="module")
def lab(
    login: Provider, places: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The app with the settings that docs/deployment.md says; its address, and its checkpoints."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copytree(places[1], folder / "checkpoints")
    (folder / "data").mkdir()
    if (places[0] / "folk").exists():
        (folder / "data" / "folk").symlink_to(places[0] / "folk")
    port = serving.free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        "[auth]\n"
        f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        'cookie_secret = "a long random text"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        f'server_metadata_url = "{login.address}/.well-known/openid-configuration"\n'
    )
    server, address = serving.start(
        folder / "log.txt",
        folder=folder,
        port=port,
        PYTHONPATH=os.pathsep.join([str(serving.ROOT), os.environ.get("PYTHONPATH", "")]),
        SONGRNN_DATA=str(folder / "data"),
        SONGRNN_CHECKPOINTS=str(folder / "checkpoints"),
        SONGRNN_WORKSPACES="1",
    )
    yield address, folder / "checkpoints"
    serving.stop(server)


def identity(login: Provider, subject: str) -> str:
    return json.dumps(["login", login.address, subject])


def furnish(login: Provider, subject: str, checkpoints: Path) -> None:
    """A run of somebody's own, of which the mark is a part of the name."""
    places = workspace(identity(login, subject))
    places.checkpoints.mkdir(parents=True)
    own = places.checkpoints / f"{MARKS[subject]}-run"
    shutil.copytree(checkpoints / "rnn-150", own)
    document = json.loads((own / "run.json").read_text())
    (own / "run.json").write_text(json.dumps(document | {"name": own.name}))
    with using(places):
        assert own.parent.parent.name == folder_name(identity(login, subject))


def enter(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{PAGE}")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=name).click()
    page.wait_for_url(re.compile(re.escape(address)))
    page.goto(f"{address}/{PAGE}")
    expect(page.get_by_text(f"Workspace of {name}")).to_be_visible(timeout=PATIENCE)


def has_run(page: Page, address: str, mark: str) -> bool:
    """Whether the page of a run of that mark shows it, by its address."""
    page.goto(f"{address}/run?run={mark}-run")
    there = page.get_by_role("heading", name=f"{mark}-run")
    missing = page.get_by_text("There is no run")
    expect(there.or_(missing).first).to_be_visible(timeout=PATIENCE)
    return there.count() > 0


def test_two_people_log_in_each_to_their_own_and_out_again(
    browser: Browser,
    lab: tuple[str, Path],
    login: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, checkpoints = lab
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(checkpoints))
    monkeypatch.setenv("SONGRNN_DATA", str(checkpoints.parent / "data"))
    for subject in PEOPLE:
        furnish(login, subject, checkpoints)
    contexts = {subject: browser.new_context() for subject in PEOPLE}
    try:
        for subject, context in contexts.items():
            page = context.new_page()
            enter(page, address, PEOPLE[subject])
            for other, mark in MARKS.items():
                assert has_run(page, address, mark) is (other == subject), (subject, mark)
        first, second = contexts.values()
        page = first.pages[0]
        page.goto(f"{address}/{PAGE}")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("nobody knows who you are")).to_be_visible(timeout=PATIENCE)
        for mark in MARKS.values():
            assert not has_run(page, address, mark)
        # The other stays.
        assert has_run(second.pages[0], address, MARKS["9b1c"])
        # The cookie of a login cannot be made up, nor changed.
        cookies = second.cookies()
        told = [each for each in cookies if "user" in each["name"]]
        assert told
        assert all(each["httpOnly"] for each in told)
        forged = browser.new_context()
        forged.add_cookies([{**each, "value": each["value"][:-4] + "AAAA"} for each in told])
        page = forged.new_page()
        page.goto(f"{address}/{PAGE}")
        expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=PATIENCE)
        forged.close()
    finally:
        for context in contexts.values():
            context.close()
    assert not login.codes
    assert ("/token", "authorization_code") in [
        (path, asked.get("grant_type", "")) for path, asked in login.asked
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("error=access_denied", "said no"),
        ("error=invalid_request&error_description=unsupported", "did not accept"),
        ("code=made-up&state=of-nobody", "Try once more"),
    ],
)
def test_a_login_that_fails_says_so_and_leads_back(
    browser: Browser, lab: tuple[str, Path], answer: str, words: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{lab[0]}/oauth2callback?{answer}")
        expect(page.get_by_role("heading", name="The login did not work")).to_be_visible()
        expect(page.get_by_text(words)).to_be_visible()
        page.get_by_role("link", name="back to the lab").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=PATIENCE)
