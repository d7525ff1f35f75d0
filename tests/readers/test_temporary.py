"""Temporary folders: those of killed programs go, those of others that live stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from advisor.readers import temporary

HOLDS_ONE = "import sys; from advisor.readers import temporary as t; print(t.folder(), flush=True); input()"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    temporary.remove_left.cache_clear()
    return tmp_path


def test_only_what_killed_programs_left_is_removed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(place))
    command = [sys.executable, "-c", HOLDS_ONE]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living,
    ):
        left, held = (Path(one.stdout.readline().strip()) for one in (killed, living) if one.stdout)
        (left / "sample.png").touch()
        (place / "of-somebody-else").mkdir()
        (place / f"{temporary.PREFIX}link").symlink_to(place / "of-somebody-else")
        killed.kill()
        killed.wait()
        own = temporary.folder()
        temporary.remove_left()
        assert (left.exists(), held.is_dir(), own.is_dir()) == (False, True, True)
        assert (place / f"{temporary.PREFIX}link").is_dir()
        living.communicate("\n")
        assert not held.exists()
    temporary.remove(own)
    assert not own.exists()


def test_a_folder_that_is_cleaned_up_before_it_is_locked_is_made_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    lock = temporary._is_locked

    def quicker(descriptor: int) -> bool:
        if not made:
            made.append(next(place.iterdir()))
            made[0].rmdir()
        return lock(descriptor)

    monkeypatch.setattr(temporary, "_is_locked", quicker)
    found = temporary.folder()
    assert found.is_dir()
    assert found != made[0]
    temporary.remove(found)
