"""`songrnn doctor`: what is wrong is named with its remedy, and nothing is changed."""

import json
import os
import re
import socket
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from songrnn.cli import doctor
from songrnn.cli.doctor import Finding, examine
from songrnn.cli.environment import KNOWN, settings
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.store.creating import create_run
from songrnn.store.documents import ProcessIdentity
from songrnn.workspaces import workspace

VOCABULARY = Vocabulary.of("abc\n")
_PROXIED = {
    "SONGRNN_WORKSPACES": "1",
    "SONGRNN_PROXY_HEADER": "X-Forwarded-User",
    "SONGRNN_PROXIES": "127.0.0.1,10.0.0.0/8",
    "FORWARDED_ALLOW_IPS": "none",
}


@pytest.fixture(autouse=True)
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that can be read, one that was interrupted, and one that is damaged."""
    root = tmp_path / "checkpoints"
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(root))
    for name in ("whole", "cut-off", "broken"):
        config = RunConfig(
            name=name,
            model=ModelConfig(hidden_size=4, embedding_size=2),
            corpus=CorpusReference(name="none", sha256="0" * 64),
        )
        run = create_run(config, VOCABULARY, checkpoints=root)
        if name == "cut-off":
            gone = ProcessIdentity(pid=2**22 - 1, created=1.0, boot="another start")
            status = run.status.model_copy(update={"status": "running", "process": gone})
            replace_file(run.path / "status.json", status.to_json())
    (root / "broken" / "run.json").write_text("{")
    return root


def of(subject: str) -> list[Finding]:
    return [finding for finding in examine() if finding.subject == subject]


def test_each_damaged_or_interrupted_run_is_named_with_what_to_do() -> None:
    found = {finding.what.split()[0]: finding for finding in of("Runs")}
    assert found["2"].level == "ok"
    assert found["broken"].level == "error"
    assert found["broken"].remedy
    assert found["cut-off"].level == "warning"
    assert "songrnn train --resume cut-off" in found["cut-off"].remedy


def test_the_exit_code_tells_that_something_is_wrong_and_json_says_what() -> None:
    result = CliRunner().invoke(doctor.doctor, ["--json"], standalone_mode=False)
    assert result.return_value == 1
    levels = {finding["level"] for finding in json.loads(result.stdout)}
    assert "error" in levels


def test_it_changes_nothing(checkpoints: Path) -> None:
    before = {path: path.read_bytes() for path in checkpoints.rglob("*") if path.is_file()}
    list(examine())
    after = {path: path.read_bytes() for path in checkpoints.rglob("*") if path.is_file()}
    assert after == before


def test_a_soundfont_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_SOUNDFONT", "/nowhere/piano.sf2")
    (finding,) = of("Sound")
    assert finding.level == "error"
    assert "/nowhere/piano.sf2" in finding.what


def test_a_check_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no such thing here")

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.folders))
    findings = list(examine())
    assert findings[0].level == "warning"
    assert "no such thing here" in findings[0].what
    assert any(finding.subject == "Disk" for finding in findings)


def test_a_corpus_that_is_not_built_is_said_and_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (finding,) = of("Corpus")
    assert finding.level == "note"
    assert "songrnn corpus build folk" in finding.remedy
    assert list((tmp_path / "data").iterdir()) == []


def test_a_damaged_corpus_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    mine = tmp_path / "data" / "mine"
    mine.mkdir(parents=True)
    (mine / "corpus.json").write_text("{")
    (finding,) = (each for each in of("Corpus") if each.what.startswith("mine"))
    assert finding.level == "warning"
    assert "--name mine --replace" in finding.remedy


@pytest.mark.parametrize(
    ("environment", "level", "named"),
    [
        ({"SONGRNN_READONLY": "1"}, "warning", "SONGRNN_READ_ONLY"),
        ({"SONGRNN_SONGS_AN_HOUR": "many"}, "warning", "SONGRNN_SONGS_AN_HOUR=many"),
        ({"SONGRNN_LOG": "/nowhere/log"}, "error", "/nowhere/log"),
        ({"SONGRNN_WORKSPACES": "1"}, "warning", "nothing says who somebody is"),
        (
            {"SONGRNN_WORKSPACES": "1", "SONGRNN_PROXY_HEADER": "X-Forwarded-User"},
            "error",
            "SONGRNN_PROXIES",
        ),
        (
            {**_PROXIED, "SONGRNN_PROXIES": "127.0.0.1, 10.0.0.300"},
            "error",
            "'10.0.0.300' is no address",
        ),
        ({**_PROXIED, "FORWARDED_ALLOW_IPS": "127.0.0.1"}, "error", "FORWARDED_ALLOW_IPS=none"),
        ({"SONGRNN_READ_ONLY": "1"}, "ok", "SONGRNN_READ_ONLY=1"),
    ],
)
def test_settings_that_do_nothing_or_lack_others_are_named(
    environment: dict[str, str],
    level: str,
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in [name for name in os.environ if name.startswith("SONGRNN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = [f for f in settings() if named in f"{f.what} {f.remedy}" and f.level == level]
    assert len(found) == 1
    if level == "warning" and "=" in named:
        assert not [f for f in settings() if named in f.what and f.level == "ok"]


def test_a_proxy_that_is_set_up_well_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("SONGRNN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, value in _PROXIED.items():
        monkeypatch.setenv(name, value)
    assert [each.level for each in settings()] == ["ok"]


def test_every_variable_that_the_lab_reads_is_known() -> None:
    root = Path(__file__).resolve().parents[2]
    sources = [*(root / "songrnn").rglob("*.py"), *(root / "dashboard").rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert set(re.findall(r"SONGRNN_[A-Z]+(?:_[A-Z]+)*\b", text)) == KNOWN


class Training:
    """A process as psutil shows it, that trains a run of some folder."""

    def __init__(self, name: str, environment: dict[str, str] | None) -> None:
        self.pid, self._environment = 8552, environment
        self.info = {"cmdline": ["python", "-m", "songrnn", "train", "--resume", name]}

    def environ(self) -> dict[str, str]:
        if self._environment is None:
            raise psutil.AccessDenied
        return self._environment

    def cwd(self) -> str:
        return "/"


def trainings(monkeypatch: pytest.MonkeyPatch, *found: Training) -> list[Finding]:
    monkeypatch.setattr(psutil, "process_iter", lambda _: iter(found))
    return of("Processes")


def test_a_training_in_a_workspace_is_where_it_belongs(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_WORKSPACES", "1")
    ann = workspace("ann").checkpoints
    (ann / "annas-run").mkdir(parents=True)
    told = {"SONGRNN_CHECKPOINTS": str(ann)}
    assert trainings(monkeypatch, Training("annas-run", told), Training("annas-run", None)) == []
    assert (
        trainings(monkeypatch, Training("whole", {"SONGRNN_CHECKPOINTS": str(checkpoints)})) == []
    )


def test_a_training_whose_run_is_gone_is_to_be_ended_and_another_ones_is_not(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gone,) = trainings(monkeypatch, Training("gone", {"SONGRNN_CHECKPOINTS": str(checkpoints)}))
    assert gone.level == "warning"
    assert "kill 8552" in gone.remedy
    for told in ({}, None):
        (unknown,) = trainings(monkeypatch, Training("gone", told))
        assert unknown.level == "note"
        assert "kill" not in unknown.remedy


@pytest.mark.parametrize(
    ("address", "contained", "level"),
    [("127.0.0.1", "", "ok"), ("0.0.0.0", "", "error"), ("0.0.0.0", "1", "note")],
)
def test_an_open_address_is_a_fault_but_where_a_container_decides_who_reaches_it(
    address: str, contained: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_ANY_ADDRESS", contained)
    with socket.socket() as listening:
        listening.bind((address, 0))
        listening.listen()
        port = listening.getsockname()[1]
        found = [each for each in doctor._listening(psutil.Process()) if str(port) in each.what]
    assert [each.level for each in found] == [level]
    assert bool(found[0].remedy) is (level == "error")
