"""Where data/ and checkpoints/ are: the only module that knows.

Both lie in the root of the repository. `SONGRNN_DATA` and `SONGRNN_CHECKPOINTS` move them
elsewhere, for tests and for people who keep large things on another disk.
"""

import os
from pathlib import Path


def repository_root() -> Path:
    """The folder that holds songrnn/, dashboard/, data/ and checkpoints/.

    When the package was installed without its repository this is the current folder.
    """
    root = Path(__file__).resolve().parent.parent
    return root if (root / "requirements.txt").exists() else Path.cwd()


def data_directory() -> Path:
    """Folder of corpora.toml, the built corpora and the caches."""
    override = os.environ.get("SONGRNN_DATA")
    return Path(override) if override else repository_root() / "data"


def checkpoints_directory() -> Path:
    """Folder with one subfolder a run."""
    override = os.environ.get("SONGRNN_CHECKPOINTS")
    return Path(override) if override else repository_root() / "checkpoints"


def cache_directory() -> Path:
    """Folder for what can be made again: sound, engravings. Never committed."""
    return data_directory() / "cache"


def corpora_file() -> Path:
    """The committed list of corpora: sources, licences, counts and hashes."""
    return repository_root() / "data" / "corpora.toml"
