"""The figures of docs/reliability.md: what `make test-long` runs besides the tests.

    python tests/reliability/measure.py                 everything, in some hours
    python tests/reliability/measure.py fuzz --inputs 5000
    python tests/reliability/measure.py long --minutes 10 --filled 2 --log samples.jsonl
    python tests/reliability/measure.py many --sessions 1,3 --pause 1

Prints a line of JSON for each; the exit status is 1 when something did not hold.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from songrnn.corpus.sources import load
from tests.reliability import faults, kills, long, many, names, sweeps
from tests.reliability.damage import damage
from tests.reliability.fuzz import fuzz


def _kills(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    rounds = [kills.kill(root / str(number)) for number in range(asked.rounds)]
    total = {name: sum(each[name] for each in rounds) for name in rounds[0]}
    swept = sweeps.kill(root / "s")
    equal = kills.trainings_equal(root / "e") and swept.pop("equal")
    return {"kills": sum(total.values()), "by": total, "sweeps": swept, "equal": equal}


def _faults(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "failed": faults.fail(root / "f"),
        "files_that_may_not_grow": faults.limited(root / "l"),
    }


def _names(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    given = names.give(root, asked.names)
    return {"names": sum(given.values()), "by": given}


def _fuzz(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    found = asdict(fuzz(load(), most=asked.inputs, seed=asked.seed))
    failures = found.pop("failures")
    return found | {"failures": len(failures), "first": failures[:5]}


def _damage(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    return dict(damage(root, asked.changes))


def _many(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    return many.many(root / "lab", asked.sessions, asked.pause)


def _long(root: Path, asked: argparse.Namespace) -> dict[str, Any]:
    return long.use(root / "lab", minutes=asked.minutes, log=asked.log, filled=asked.filled)


PROOFS: dict[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "kills": _kills,
    "faults": _faults,
    "damage": _damage,
    "names": _names,
    "fuzz": _fuzz,
    "many": _many,
    "long": _long,
}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("proofs", nargs="*", default=[], help=", ".join(PROOFS))
    parser.add_argument("--inputs", type=int, default=100_000, help="made up or damaged")
    parser.add_argument("--minutes", type=float, default=60, help="of use")
    parser.add_argument(
        "--filled",
        type=float,
        default=long.FILLED_MINUTES,
        help="minutes of use without rest before",
    )
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=10_000, help="of the files of a corpus")
    parser.add_argument("--rounds", type=int, default=8, help="of kills over all that writes")
    parser.add_argument(
        "--sessions",
        type=lambda told: [int(one) for one in told.split(",")],
        default=list(many.SIZES),
        help="how many visitors at once, with commas between, the fewest first",
    )
    parser.add_argument("--pause", type=float, default=many.REST, help="seconds between two steps")
    parser.add_argument("--log", type=Path, help="gets a line a minute of use")
    parser.add_argument("--seed", type=int, default=0)
    asked, held = parser.parse_args(), True
    # Ended from outside, it takes its server and its scratch folder with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in asked.proofs or PROOFS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = PROOFS[name](Path(folder).resolve(), asked)
            except AssertionError as error:
                found = {"broken": str(error)}
        broken = found.get("failures") or "broken" in found or not found.get("equal", True)
        broken = broken or found.get("goal_met") is False
        held = held and not broken
        seconds = round(time.monotonic() - began, 1)
        print(json.dumps({"proof": name, **found, "seconds_in_all": seconds}), flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
