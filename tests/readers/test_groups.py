from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from advisor import readers
from advisor.readers.labelling.groups import of_paths


@pytest.mark.parametrize(
    "form",
    ["cat/subject_{0}_{1}.png", "Actor_{0}/dog{1}.wav", "walk/s{0}_take{1}.csv", "x/v_run_g0{0}_c0{1}.avi"],
)
def test_paths_that_name_who_it_is_give_groups(form: str) -> None:
    paths = [form.format(who, take) for who in range(1, 7) for take in range(3)]
    groups = of_paths(paths)
    assert groups is not None
    assert len(set(groups.tolist())) == 6
    assert len({groups[i] for i in range(3)}) == 1


@pytest.mark.parametrize("form", ["cat/img_{0}_{1}.png", "users/photo{0}{1}.jpg", "pos/{0}_{1}.txt"])
def test_other_paths_give_none(form: str) -> None:
    assert of_paths([form.format(i, j) for i in range(6) for j in range(3)]) is None


@given(st.lists(st.text(max_size=12), max_size=40))
def test_any_paths_give_a_group_each_or_none(paths: list[str]) -> None:
    groups = of_paths(paths)
    assert groups is None or len(groups) == len(paths)


def pictures(root: Path, form: str) -> Path:
    for who in range(6):
        for take in range(4):
            file = root / form.format(who=who, take=take, kind="ab"[take % 2])
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 8), 10 * who + take, np.uint8)).save(file)
    return root


def test_groups_are_said_and_kept(tmp_path: Path) -> None:
    source = readers.read(pictures(tmp_path, "{kind}/subject{who}_{take}.png"))
    assert source.groups is not None
    assert len(set(source.groups.tolist())) == 6
    assert [(note.check, note.severity, note.count) for note in source.notes] == [("groups", "info", 6)]


def test_given_parts_that_tear_groups_are_warned_of(tmp_path: Path) -> None:
    pictures(tmp_path / "train", "{kind}/subject{who}_{take}.png")
    pictures(tmp_path / "test", "{kind}/subject{who}_{take}.png")
    source = readers.read(tmp_path)
    assert [(note.check, note.severity) for note in source.notes] == [("groups", "warning")]


def test_who_it_is_may_be_the_class(tmp_path: Path) -> None:
    source = readers.read(pictures(tmp_path, "subject{who}/{take}.png"))
    assert source.groups is None
