from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from advisor.errors import RunError, UsageError
from advisor.records import SearchOptions
from advisor.search.store import folder


def test_a_run_is_named_after_time_and_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, _ = folder.choose(Path("my photos"), SearchOptions())
    second, _ = folder.choose(Path("my photos"), SearchOptions())
    assert first.name.endswith("-my-photos")
    assert first != second
    assert (tmp_path / "runs" / "latest").resolve() == second.resolve()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is there already"):
        folder.choose(Path("data"), SearchOptions(out=str(tmp_path)))


def test_a_run_taken_back_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_dir, _ = folder.choose(Path("data"), SearchOptions())
    folder.remove(run_dir)
    assert list(tmp_path.iterdir()) == []


def test_the_options_are_written_as_toml_that_reads_back(tmp_path: Path) -> None:
    options = SearchOptions(timeout=90.5, trials=3, split='a "b".csv', family="rnn")
    folder.write_config(tmp_path, options)
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert SearchOptions.model_validate(written) == options


def test_resuming_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no inspection\.json and config\.toml there"):
        folder.resumed(tmp_path, None, SearchOptions(resume=str(tmp_path)))


def test_a_damaged_result_is_told(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"schema": "advisor.result/1"')
    with pytest.raises(RunError, match=r"result\.json is damaged"):
        folder.result_of(tmp_path)


@pytest.mark.parametrize("links", [True, False])
def test_whether_links_were_followed_is_read_back(tmp_path: Path, links: bool) -> None:
    folder.write_config(tmp_path, SearchOptions(follow_links=links))
    assert folder.follows_links(tmp_path) is links


def test_a_bundle_alone_followed_no_links(tmp_path: Path) -> None:
    assert folder.follows_links(tmp_path) is False
