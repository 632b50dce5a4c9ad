"""Many people at once: nobody sees an exception, and nobody is sent anything of another's.

SONGRNN_VISITORS sets how many there are; `make test-long` takes 25.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.reliability.many import COMES, GOES, copy_run, goes_and_comes, visit

VISITORS = int(os.environ.get("SONGRNN_VISITORS", "3"))


def test_nobody_meets_another_while_a_run_goes_and_another_comes(
    serve: Callable[..., str], places: tuple[Path, Path], tmp_path: Path
) -> None:
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(places[1], checkpoints)
    copy_run(checkpoints, GOES)
    address = serve(SONGRNN_DATA=str(places[0]), SONGRNN_CHECKPOINTS=str(checkpoints))
    changing = goes_and_comes(checkpoints, 5)
    found = visit(
        address,
        range(VISITORS),
        runs=("lstm-150", GOES, COMES),
        rest=lambda _: lambda: None,
    )
    changing.join()
    assert found.failures == []
    assert found.strange == set()
    assert found.unheard == 0, "a visitor was not shown its own song or upload"
    assert len(found.steps) > 15 * VISITORS
    assert not (checkpoints / GOES).exists()
    assert (checkpoints / COMES).exists()
