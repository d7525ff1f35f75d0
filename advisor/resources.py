"""Finding the folders that travel with the package: `search_spaces` and `datasets`.

In a wheel they lie in `advisor/_data`; in a checkout, and so in an editable install, beside `advisor`.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from advisor.errors import AdvisorError

FolderName = Literal["search_spaces", "datasets"]


def folder(name: FolderName) -> Traversable:
    """The packaged folder of that name; use `importlib.resources.as_file` where a real path is needed.

    Raises:
        AdvisorError: the folder is in neither place, so the installation is broken.
    """
    package = files("advisor")
    packaged = package / "_data" / name
    if packaged.is_dir():
        return packaged
    if isinstance(package, Path):
        # Without this file the folder beside the package is site-packages, where `datasets` would be
        # another project's package.
        checkout = package.parent
        if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
            return checkout / name
    raise AdvisorError(
        f"the folder `{name}` that comes with advisor is missing from {package}: "
        "reinstall with `pip install --force-reinstall architecture-advisor`"
    )
