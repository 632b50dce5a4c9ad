import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from songrnn.corpus.sources import build
from songrnn.corpus.tunebook import Tunebook


@pytest.fixture(scope="session")
def folk(tmp_path_factory: pytest.TempPathFactory) -> Tunebook:
    """The real corpus, built anew into a temporary folder."""
    return build("folk", data_directory=tmp_path_factory.mktemp("data"))


def beside(name: str) -> ModuleType:
    """A module of this folder that is no test: pytest does not put the folder on the path."""
    spec = importlib.util.spec_from_file_location(
        f"beside_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def planting() -> ModuleType:
    return beside("planting")


@pytest.fixture(scope="session")
def partials() -> ModuleType:
    return beside("partials")


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """The module abc2midi.py beside this file; without the program the test is skipped."""
    module = beside("abc2midi")
    if module.BINARY is None:
        message = "abc2midi is not installed (Debian package abcmidi)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return module
