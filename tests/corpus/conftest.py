from pathlib import Path

import pytest

from songrnn.corpus.sources import build
from songrnn.corpus.tunebook import Tunebook


@pytest.fixture(scope="session")
def folk(tmp_path_factory: pytest.TempPathFactory) -> Tunebook:
    """The real corpus, built anew into a temporary folder."""
    folder: Path = tmp_path_factory.mktemp("data")
    return build("folk", data_directory=folder)
