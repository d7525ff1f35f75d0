from __future__ import annotations

from pathlib import Path

from advisor import workflow


def test_what_options_overruled_is_kept_for_the_search(bundled: Path) -> None:
    found = workflow.inspect(bundled / "digits", probe=False, reader="image-folder", time=None)
    assert found.overruled == {"reader": "image-folder"}


def test_it_is_said_why_a_search_cannot_train(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b,y\n" + "1,2,x\n2,3,z\n" * 3)
    found = workflow.inspect(tmp_path, target="y")
    assert found.split is None
    told = next(one for one in found.health if one.check == "not_trained")
    assert told.text.startswith("`advisor search` cannot train this: training needs at least 12 samples")
    assert told.remedy == "add data"
