"""What the probes read of sound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.decide import flowchart
from advisor.measure import measure
from advisor.measure.sound import BANDS, FRAMES, band_energies, sampling_rate
from advisor.records import Axis, InputSpec

RATE = 8000


def wave(*hertz: float, seconds: float = 0.5, seed: int = 0) -> np.ndarray:
    """Tones one after the other, and a little noise, as [time, channel]."""
    steps = np.arange(int(seconds * RATE / len(hertz))) / RATE
    tones = np.concatenate([np.sin(2 * np.pi * one * steps) for one in hertz])
    noise = 0.01 * np.random.default_rng(seed).normal(size=len(tones))
    return (0.3 * tones + noise)[:, None].astype(np.float32)


def as_sound(source, rate: float = RATE, form: str = "audio-files"):
    time, channel = source.spec.input.axes
    axes = (time.model_copy(update={"spacing": 1 / rate, "unit": "s"}), channel)
    inputs = (source.spec.input.model_copy(update={"axes": axes}),)
    return replace(source, spec=source.spec.model_copy(update={"inputs": inputs, "format": form}))


def test_a_tone_is_loudest_in_its_band():
    low, high = (band_energies(wave(hertz), RATE).mean(axis=0).argmax() for hertz in (200, 3000))
    assert low < BANDS / 3
    assert high > 2 * BANDS / 3


@pytest.mark.parametrize("seconds", [0.001, 0.5, 60.0])
def test_frames_are_bounded(seconds):
    found = band_energies(wave(440, seconds=seconds), RATE)
    assert found.shape[1] == BANDS
    assert 1 <= len(found) <= 513
    assert np.isfinite(found).all()


def test_forty_bands_of_a_short_window():
    assert band_energies(wave(440), RATE, bands=40, most=20).shape == (20, 40)


def test_only_series_measured_often_enough_are_sound():
    def spec(spacing, unit="s"):
        axes = (Axis(name="time", spacing=spacing, unit=unit), Axis(name="channel", size=1))
        return InputSpec(name="x", dtype="float32", axes=axes)

    assert sampling_rate(spec(1 / 8000)) == pytest.approx(8000)
    assert sampling_rate(spec(1 / 100)) is None
    assert sampling_rate(spec(None)) is None
    assert sampling_rate(spec(1 / 8000, "min")) is None


def test_two_tones_in_one_order_or_the_other(source):
    pairs = [(400, 1600) if place % 2 else (1600, 400) for place in range(60)]
    waves = [wave(*pair, seed=place) for place, pair in enumerate(pairs)]
    labels = ["up" if place % 2 else "down" for place in range(60)]
    sound, facts = measure(as_sound(source(waves, ("time", "channel"), labels)))
    assert facts.value("probe_score") > 0.95
    assert facts.value("order_score_drop") > 0.2
    assert "band energy" in facts.get("order_score_drop").how
    assert flowchart.decide(sound.spec, facts).order_matters


def test_a_hiss_is_a_sequence_too(source):
    waves = [np.random.default_rng(place).normal(size=(4000, 1)).astype(np.float32) for place in range(30)]
    sound, facts = measure(as_sound(source(waves, ("time", "channel"), ["a", "b"] * 15)))
    assert facts.value("adjacent_correlation_time") < 0.1
    steps = {step.question: step for step in flowchart.decide(sound.spec, facts).steps}
    assert steps["sequential"].answer
    assert steps["sequential"].confidence >= 0.9


def test_few_frames_reach_the_probe(source):
    waves = [wave(440, seconds=3.0, seed=place) for place in range(8)]
    from advisor.measure.looks import look

    looks = look(as_sound(source(waves, ("time", "channel"))), range(8), 5.0)
    assert {seen.small.shape for seen in looks} == {(FRAMES, BANDS)}
