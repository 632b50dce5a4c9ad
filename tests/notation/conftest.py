import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from songrnn.corpus.sources import build
from songrnn.corpus.tunebook import Tunebook


@pytest.fixture(scope="session")
def folk(tmp_path_factory: pytest.TempPathFactory) -> Tunebook:
    """The real corpus, built anew into a temporary folder."""
    return build("folk", data_directory=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """The module abc2midi.py beside this file; without the program the test is skipped."""
    spec = importlib.util.spec_from_file_location(
        "abc2midi_oracle", Path(__file__).with_name("abc2midi.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if module.BINARY is None:
        message = "abc2midi is not installed (Debian package abcmidi)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return module
