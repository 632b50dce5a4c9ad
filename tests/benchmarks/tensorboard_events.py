"""Reading a run's history against reading the same numbers from TensorBoard event files."""

import tempfile
import time
from pathlib import Path

from measuring import CannotRunError, Result, Work, benchmark, compare

from songrnn.store.history import read_frame
from songrnn.store.runs import open_run


@benchmark("store: read a history, against its TensorBoard event files")
def history_against_events() -> Result:
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        raise CannotRunError("the package tensorboard is not installed") from error
    from songrnn.store.tensorboard import write_events

    run = open_run("lstm-150")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_events(run, folder)

        def read_events() -> None:
            for split in (folder / run.name).iterdir():
                EventAccumulator(str(split), {"tensors": 0}).Reload()

        ours = Work(lambda: read_frame(run.path / "history.jsonl"), count, clock=time.process_time)
        theirs = Work(read_events, count, clock=time.process_time)
        return compare(ours, theirs, at_least=1, unit="numbers", against="event files")
