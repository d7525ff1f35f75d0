"""The packaged folders are found in a checkout, and never confused with another project's."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import resources
from advisor.errors import AdvisorError


def test_folders_of_the_checkout_are_found() -> None:
    assert resources.folder("datasets").joinpath("digits", "card.toml").is_file()
    assert resources.folder("search_spaces").is_dir()


def test_checkout_holds_no_packaged_copy(checkout: Path) -> None:
    """A copy would hide every later change of the folders beside the package."""
    assert not (checkout / "advisor" / "_data").exists()


def test_packaged_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = tmp_path / "advisor" / "_data" / "datasets"
    packaged.mkdir(parents=True)
    monkeypatch.setattr(resources, "files", lambda name: tmp_path / name)
    assert resources.folder("datasets") == packaged


def test_folder_of_another_project_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged wheel in site-packages, with another project's `datasets` beside it."""
    for name in ("advisor", "datasets"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(resources, "files", lambda name: tmp_path / name)
    with pytest.raises(AdvisorError, match=r"`datasets` that comes with advisor is missing.*reinstall"):
        resources.folder("datasets")
