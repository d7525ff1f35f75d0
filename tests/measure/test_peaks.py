from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks

from advisor.measure.probes.peaks import high_peaks


@given(st.lists(st.integers(-4, 4), max_size=40), st.sampled_from([0.0, 1.0, 2.5]))
def test_peaks_are_those_of_scipy(values: list[int], least: float) -> None:
    curve = np.array(values, dtype=np.float64)
    wanted, _ = find_peaks(curve, height=least, prominence=least)
    assert high_peaks(curve, least).tolist() == wanted.tolist()
