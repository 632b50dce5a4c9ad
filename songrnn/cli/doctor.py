"""`songrnn doctor`: what is missing or wrong on this machine, in words, and how to mend it.

Each check looks at one thing and yields findings; none changes anything. A check that cannot look
(no permission, an odd system) says so as a finding of its own instead of ending the command.
"""

import ipaddress
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import click
import psutil

from songrnn.cli.environment import settings
from songrnn.cli.finding import Finding, Level
from songrnn.cli.output import print_json
from songrnn.paths import checkpoints_directory, data_directory, repository_root
from songrnn.workspaces import all_checkpoints

# Bytes. A training of `best` writes some 30 MB; below this the next one may not end.
_LITTLE_SPACE = 1 << 30
_SIGNS = {"ok": "✓", "note": "·", "warning": "!", "error": "✗"}


def python() -> Iterator[Finding]:
    """Python's version and whether the packages are those the figures were made with."""
    yield Finding("ok", "Python", f"{platform.python_version()} on {platform.machine()}")
    wanted = dict(_pins())
    other = []
    for name, version in wanted.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "missing"
        if found.split("+")[0] != version:
            other.append(f"{name} is {found}, expected {version}")
    if other:
        yield Finding(
            "error" if any("missing" in text for text in other) else "warning",
            "Packages",
            "; ".join(other),
            "Install the pinned versions: pip install -r requirements.txt",
        )
    elif wanted:
        yield Finding("ok", "Packages", f"all {len(wanted)} at their pinned versions")


def _pins() -> Iterator[tuple[str, str]]:
    path = repository_root() / "requirements.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        name, found, version = line.split("#")[0].partition("==")
        if found:
            yield name.strip(), version.split(";")[0].strip()


def torch_build() -> Iterator[Finding]:
    """Which torch, and what it can train on."""
    import torch

    devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    build = torch.__version__
    if torch.version.cuda and not devices:
        yield Finding(
            "note",
            "torch",
            f"{build} is a CUDA build and no such GPU was found; it trains on the processor",
            "The CPU build is far smaller: see the README.",
        )
    else:
        yield Finding("ok", "torch", f"{build}, trains on {', '.join(devices) or 'the processor'}")


def sound() -> Iterator[Finding]:
    """Whether songs can be heard, and through which synthesizer."""
    from songrnn.errors import SongRNNError
    from songrnn.notation.synths import available_synths, system_soundfont

    try:
        synths, font = available_synths(), system_soundfont()
    except SongRNNError as error:
        yield Finding("error", "Sound", str(error), "Correct or unset SONGRNN_SOUNDFONT.")
        return
    if not synths:
        remedy = "pip install -r requirements.txt brings the embedded one."
        yield Finding("error", "Sound", "no synthesizer was found", remedy)
        return
    yield Finding("ok", "Sound", f"{', then '.join(synths)}; soundfont {font}")
    if "fluidsynth" not in synths:
        remedy = "On Debian: apt-get install fluidsynth timgm6mb-soundfont (packages.txt)."
        yield Finding("note", "Sound", "FluidSynth is not installed; not needed", remedy)


def programs() -> Iterator[Finding]:
    """The programs that the tests (and a report as PDF) use."""
    from songrnn.report.writing.pdf import find_browser

    browser = find_browser()
    if browser:
        what = f"{browser}: reports can be made as PDF, and browser tests can run"
        yield Finding("ok", "Browser", what)
    else:
        what = "no Chromium: no report as PDF and no browser tests here"
        yield Finding("note", "Browser", what, "On Debian: apt-get install chromium.")
    if not shutil.which("abc2midi"):
        remedy = "On Debian: apt-get install abcmidi."
        yield Finding("note", "abc2midi", "not installed: its tests cannot run here", remedy)


def folders() -> Iterator[Finding]:
    """Whether checkpoints/ and data/ can be written, and how much room there is."""
    for folder in (checkpoints_directory(), data_directory()):
        if not folder.is_dir():
            yield Finding(
                "warning", "Folders", f"{folder} does not exist", "It is made when needed."
            )
            continue
        if not os.access(folder, os.W_OK | os.X_OK):
            remedy = "Give yourself the right to write there, or name another folder in SONGRNN_CHECKPOINTS or SONGRNN_DATA."
            yield Finding("error", "Folders", f"{folder} cannot be written", remedy)
        free = shutil.disk_usage(folder).free
        level: Level = "ok" if free >= _LITTLE_SPACE else "warning"
        remedy = "" if level == "ok" else "Make room before the next training."
        yield Finding(level, "Disk", f"{free / 1e9:.1f} GB free at {folder}", remedy)


def corpora() -> Iterator[Finding]:
    """Whether the corpus that the shipped runs learned from is built, and all that are can be read."""
    from songrnn.corpus.sources import available, load, stored
    from songrnn.errors import SongRNNError

    built, listed = stored(), {entry.name for entry in available()}
    if "folk" not in built:
        what = "folk, which the shipped runs learned from, is not built yet"
        yield Finding("note", "Corpus", what, "Build it: songrnn corpus build folk")
    for name in built:
        try:
            book = load(name)
        except SongRNNError as error:
            remedy = f"Build it again: songrnn corpus build {name}" if name in listed else (
                f"Import it again: songrnn corpus import FILE --name {name} --replace"
            )  # fmt: skip
            yield Finding("warning", "Corpus", f"{name}: {error}", remedy)
        else:
            yield Finding("ok", "Corpus", f"{name} has its {len(book.tunes):,} tunes")


def runs() -> Iterator[Finding]:
    """Runs and sweeps that are damaged, or whose process is gone."""
    from songrnn.store.runs import DamagedRun, list_runs
    from songrnn.tuning.sweeps import list_sweeps

    found = list_runs()
    damaged = [run for run in found if isinstance(run, DamagedRun)]
    yield Finding("ok", "Runs", f"{len(found) - len(damaged)} can be read")
    for broken in damaged:
        remedy = f"Restore {broken.path} from a copy, or delete it."
        yield Finding("error", "Runs", f"{broken.name} is damaged: {broken.reason}", remedy)
    for run in found:
        if not isinstance(run, DamagedRun) and run.status.status == "interrupted":
            remedy = f"Resume it: songrnn train --resume {run.name}"
            yield Finding("warning", "Runs", f"{run.name} was interrupted", remedy)
    for record in list_sweeps():
        if record.status == "interrupted":
            remedy = f"Resume it: songrnn sweep {' '.join(record.arguments)}"
            yield Finding("warning", "Sweeps", f"{record.id} was interrupted", remedy)


def processes() -> Iterator[Finding]:
    """Trainings without a run folder, and on which addresses the app listens."""
    for process in psutil.process_iter(["pid", "cmdline"]):
        command = process.info["cmdline"] or []
        trains = "--resume" in command and any(Path(part).name == "songrnn" for part in command)
        if trains and process.pid != os.getpid():
            yield from _homeless(process, command[command.index("--resume") + 1 :])
        if any(part.endswith("dashboard/Home.py") for part in command):
            yield from _listening(process)


def _homeless(process: psutil.Process, names: Sequence[str]) -> Iterator[Finding]:
    """A training whose run is in none of the folders that runs are in: not in checkpoints/, nor in a
    workspace, nor in those that the process itself was given."""
    name = names[0] if names else ""
    folders = [*all_checkpoints(), checkpoints_directory()]
    try:
        given = process.environ().get("SONGRNN_CHECKPOINTS")
        at = Path(process.cwd())
    except (psutil.Error, OSError):
        given = None  # of another user; it says nothing of its folders
    if given:
        folders = [at / given]
    if name and any((folder / name).is_dir() for folder in folders):
        return
    what = f"process {process.pid} trains {name or 'a run'}, which is not in {folders[-1]}"
    if given:
        yield Finding("warning", "Processes", what, f"Its run is gone; end it: kill {process.pid}")
    else:
        remedy = "It may be of another checkpoints folder; its owner can tell."
        yield Finding("note", "Processes", what, remedy)


def _listening(process: psutil.Process) -> Iterator[Finding]:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN:
            continue
        where = f"the app (process {process.pid}) listens on {connection.laddr.ip}, port {connection.laddr.port}"
        if ipaddress.ip_address(connection.laddr.ip).is_loopback:
            yield Finding("ok", "Address", where)
        elif os.environ.get("SONGRNN_ANY_ADDRESS") == "1":
            # Inside a container, where the variable stands for what asks too.
            yield Finding("note", "Address", f"{where}, as SONGRNN_ANY_ADDRESS allows")
        else:
            remedy = (
                "It shows no page to anybody. Start it with --server.address 127.0.0.1, and let "
                "others in through a reverse proxy: docs/deployment.md."
            )
            yield Finding("error", "Address", where, remedy)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    settings,
    python,
    torch_build,
    sound,
    programs,
    folders,
    corpora,
    runs,
    processes,
)


def examine() -> Iterator[Finding]:
    """All findings, check by check; one that fails is itself a finding."""
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:  # the doctor is asked when something is broken
            yield Finding("warning", check.__name__, f"could not look: {error}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> int:
    """Say what is missing or wrong on this machine and how to mend it; changes nothing.

    Exit code 1 when something is an error.
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            colour = {"warning": "yellow", "error": "red"}.get(finding.level)
            sign = click.style(_SIGNS[finding.level], fg=colour)
            click.echo(f"{sign} {finding.subject}: {finding.what}")
            if finding.remedy:
                click.echo(f"    {finding.remedy}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    return int(any(finding.level == "error" for finding in findings))
