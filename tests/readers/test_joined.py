from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor.errors import UsageError
from advisor.readers import read
from advisor.readers.joined import with_test
from advisor.readers.source import Source


def arrays(place: Path, count: int, value: float) -> Source:
    np.savez(place, x=np.full((count, 5, 2), value, np.float32), y=np.arange(count) % 2)
    return read(place)


def test_the_other_data_are_the_test_part(tmp_path: Path) -> None:
    joined = with_test(arrays(tmp_path / "a.npz", 6, 1.0), arrays(tmp_path / "b.npz", 4, 2.0))
    assert len(joined) == joined.spec.samples == len(joined.ids) == len(set(joined.ids)) == 10
    assert joined.parts is not None
    assert np.flatnonzero(joined.parts == "test").tolist() == [6, 7, 8, 9]
    assert float(np.asarray(joined.read(5)).max()) == 1.0
    assert float(np.asarray(joined.read(6)).max()) == 2.0
    assert (joined.spec.splits.train, joined.spec.splits.test) == (6, 4)


def test_another_form_is_refused(tmp_path: Path, bundled: Path) -> None:
    with pytest.raises(UsageError, match="give the same form"):
        with_test(arrays(tmp_path / "a.npz", 6, 1.0), read(bundled / "digits"))
