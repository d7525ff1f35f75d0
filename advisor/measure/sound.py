"""Sound as the probes read it: the loudness of bands of frequency over time, not the wave itself.

A wave swings hundreds of times a second, so that means over blocks of it are near zero and a random
convolution sees next to nothing; the logarithm of the energy in bands spaced as the ear has them is the
usual first step (Davis and Mermelstein, IEEE Transactions on Acoustics, Speech and Signal Processing, 1980).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from advisor.records import InputSpec

SLOWEST = 2_000.0  # samples per second; what is measured less often is read as it is
WINDOW = 0.025  # seconds that one spectrum looks at, and
HOP = 0.010  # seconds from one to the next: the usual frames of speech recognition
MOST_SPECTRA = 512  # of one sample, evenly spaced where it is longer than five seconds
FRAMES = 128  # means of neighbouring spectra; the probe's time grows with their number
BANDS = 12
LEAST_ENERGY = 1e-8  # of a full-scale wave's: -80 dB, below the noise of most recordings


def sampling_rate(spec: InputSpec) -> float | None:
    """Samples per second of a wave that is to be read by its bands; None for all other data."""
    axis = spec.axis("time")
    if axis is None or axis.unit != "s" or not axis.spacing:
        return None
    if [one.name for one in spec.axes] != ["time", "channel"]:
        return None
    rate = 1 / axis.spacing
    return rate if rate >= SLOWEST else None


def band_energies(
    wave: NDArray[np.float32], rate: float, *, bands: int = BANDS, most: int = MOST_SPECTRA
) -> NDArray[np.float32]:
    """[frame, band] logarithms of energy of the mean of a wave's channels [time, channel].

    Args:
        most: frames; in longer waves they are further apart than HOP.
    """
    mono = np.nan_to_num(wave.mean(axis=1))
    size = max(2 * bands, int(WINDOW * rate))  # as many bins as bands
    if len(mono) < size:
        mono = np.pad(mono, (0, size - len(mono)))
    hop = max(int(HOP * rate), -(-(len(mono) - size + 1) // most), 1)
    windows = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    power = np.abs(np.fft.rfft(windows * np.hanning(size), axis=1)) ** 2 / size**2
    energies = np.add.reduceat(power, _edges(power.shape[1], rate, bands), axis=1)
    return np.asarray(np.log10(energies + LEAST_ENERGY), dtype=np.float32)


def _edges(bins: int, rate: float, bands: int) -> NDArray[np.int64]:
    """First bin of every band, equally wide in mel: 2595 * log10(1 + f / 700)."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    frequencies = 700 * (10 ** (np.linspace(0, highest, bands + 1)[:-1] / 2595) - 1)
    edges = (frequencies / (rate / 2) * (bins - 1)).astype(np.int64)
    steps = np.arange(bands)  # each band at least one bin wide
    return np.minimum(np.maximum.accumulate(edges - steps) + steps, bins - bands + steps)
