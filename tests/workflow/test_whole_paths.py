"""A run is gone on with from any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.records import SearchOptions
from advisor.workflow.searching import with_whole_paths


def test_files_in_options_are_named_from_the_root_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "split.csv").write_text("id,split\n")
    monkeypatch.chdir(tmp_path)
    assert with_whole_paths(SearchOptions(split="split.csv")).split == str(tmp_path / "split.csv")


@pytest.mark.parametrize("split", ["auto", "0.7,0.15,0.15"])
def test_other_options_stay_as_they_are(split: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "auto").mkdir()
    monkeypatch.chdir(tmp_path)
    options = SearchOptions(split=split)
    assert with_whole_paths(options) == options
