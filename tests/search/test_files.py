"""A full disk is told from other errors, whoever says it."""

from __future__ import annotations

import sqlite3

import pytest

from advisor.errors import RunError
from advisor.search.store.files import disk_is_full


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(28, "No space left on device"), True),
        (sqlite3.OperationalError("database or disk is full"), True),
        (RunError("runs/a/model cannot be written: I/O error: No space left on device (os error 28)"), True),
        (OSError(13, "Permission denied"), False),
        (RunError("runs/a has no result.json"), False),
    ],
)
def test_a_full_disk_is_known_by_its_words(error: Exception, is_full: bool) -> None:
    assert disk_is_full(error) is is_full
