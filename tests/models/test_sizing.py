from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import UsageError
from advisor.models import architectures, build, families, first_candidate
from advisor.models.sizing import forward_flops
from advisor.records import Candidate, Family, Signature, Task
from advisor.spaces import load_space

BASE = {"task": "classification", "length": 1, "variable_length": False, "outputs": 4}
FORECAST = {
    "task": "forecasting",
    "channels": 7,
    "outputs": 7,
    "horizon": 24,
    "target_channels": tuple(range(7)),
}


def signature(**fields: object) -> Signature:
    return Signature.model_validate({**BASE, **fields})


SIGNATURES = {
    "image": signature(layout="image", channels=3, height=32, width=32),
    "volume": signature(layout="volume", channels=1, depth=16, height=16, width=16),
    "series": signature(layout="series", channels=2, length=300),
    "forecast": signature(layout="series", length=168, period=24, **FORECAST),
    "text": signature(layout="text", vocabulary=500, length=30, variable_length=True),
    "clip": signature(layout="clip", channels=1, height=32, width=32, length=8),
    "table": signature(layout="table", length=10),
}


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("image", {"cnn", "rnn"}),
        ("volume", {"cnn"}),
        ("series", {"cnn", "rnn", "hybrid"}),
        ("forecast", {"cnn", "rnn", "hybrid"}),
        ("text", {"cnn", "rnn", "hybrid"}),
        ("clip", {"cnn", "rnn", "hybrid"}),
        ("table", {"mlp"}),
    ],
)
def test_families_that_fit(name: str, fitting: set[str]) -> None:
    assert set(families(SIGNATURES[name])) == fitting


@pytest.mark.parametrize("name", SIGNATURES)
@settings(max_examples=4, deadline=None)
@given(samples=st.integers(10, 10**6), seconds=st.none() | st.floats(0.5, 1e4), mirror_ok=st.booleans())
def test_a_first_candidate_lies_in_its_search_space(
    name: str, samples: int, seconds: float | None, mirror_ok: bool
) -> None:
    one = SIGNATURES[name]
    for family in families(one):
        for architecture in architectures(family, one):
            found = first_candidate(
                family, one, samples=samples, seconds=seconds, mirror_ok=mirror_ok, architecture=architecture
            )
            space = load_space(family, architecture).restricted(one.layout, one.task)
            outside = {
                key: value
                for key, value in found.params.items()
                if (parameter := space.parameter(key)) is not None and not parameter.contains(value)
            }
            assert outside == {}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_first_candidate_can_be_built(name: str) -> None:
    for family in families(SIGNATURES[name]):
        found = first_candidate(family, SIGNATURES[name], samples=500, seconds=5)
        assert build(found, SIGNATURES[name], seed=0) is not None


def test_more_seconds_give_a_wider_network() -> None:
    widths = [
        first_candidate(Family.CNN, SIGNATURES["image"], samples=50_000, seconds=seconds).params["width"]
        for seconds in (10, 100, 1000)
    ]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


def test_few_samples_keep_the_network_narrow() -> None:
    few = first_candidate(Family.CNN, SIGNATURES["image"], samples=200, seconds=None).params["width"]
    many = first_candidate(Family.CNN, SIGNATURES["image"], samples=20_000, seconds=None).params["width"]
    assert few < many


@pytest.mark.parametrize(("samples", "architecture"), [(100, "rocket"), (100_000, "resnet")])
def test_series_go_to_random_kernels_until_there_are_many(samples: int, architecture: str) -> None:
    found = first_candidate(Family.CNN, SIGNATURES["series"], samples=samples, seconds=20)
    assert found.architecture == architecture


@pytest.mark.parametrize("mirror_ok", [True, False])
def test_pictures_are_mirrored_only_where_that_is_known_to_be_harmless(mirror_ok: bool) -> None:
    found = first_candidate(Family.CNN, SIGNATURES["image"], samples=100, seconds=20, mirror_ok=mirror_ok)
    assert found.params["augment_flip"] is mirror_ok


def test_operations_are_counted_as_by_hand() -> None:
    table = signature(layout="table", length=10)
    assert forward_flops(Family.MLP, "mlp", table, {"hidden": 8, "layers": 1}) == 2 * (10 * 8 + 8 * 4)
    rows = signature(layout="image", channels=1, height=5, width=3)
    cell = {"hidden": 6, "layers": 1, "bidirectional": False}
    assert forward_flops(Family.RNN, "elman", rows, cell) == 2 * (5 * (3 * 6 + 6 * 6) + 18 * 4)


def test_a_picture_of_64_pixels_costs_no_more_than_half_again_one_of_32() -> None:
    large = SIGNATURES["image"].model_copy(update={"height": 64, "width": 64})
    params = {"width": 16, "depth": 1}
    small_cost = forward_flops(Family.CNN, "resnet", SIGNATURES["image"], params)
    assert forward_flops(Family.CNN, "resnet", large, params) <= 1.5 * small_cost


def test_an_unknown_architecture_is_told_with_those_there_are() -> None:
    candidate = Candidate(family=Family.RNN, architecture="lstmm", params={})
    with pytest.raises(UsageError, match=r"'lstmm' is none of family rnn: choose one of lstm, gru, elman"):
        build(candidate, SIGNATURES["text"], seed=0)


def test_an_architecture_for_other_data_is_told_with_those_that_fit() -> None:
    candidate = Candidate(family=Family.CNN, architecture="rocket", params={})
    with pytest.raises(
        UsageError, match=r"does not take image for classification: choose one of plain, resnet"
    ):
        build(candidate, SIGNATURES["image"], seed=0)


def test_tasks_without_a_head_have_no_family() -> None:
    assert families(SIGNATURES["image"].model_copy(update={"task": Task.SEGMENTATION})) == ()
