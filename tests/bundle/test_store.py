from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from advisor import models
from advisor.bundle import BundleCard, load, save
from advisor.bundle.card import readme
from advisor.errors import RunError
from advisor.prepare.preprocessing import ImageValues, Preprocessing
from advisor.records import Axis, Candidate, Family, InputSpec, Task

AXES = (Axis(name="height", size=8), Axis(name="width", size=8), Axis(name="channel", size=1))


@pytest.fixture
def preprocessing() -> Preprocessing:
    return Preprocessing(
        format="image-folder",
        task=Task.CLASSIFICATION,
        class_names=("cat", "dog"),
        values=ImageValues(channels=1, height=8, width=8, mean=(100.0,), std=(50.0,)),
    )


@pytest.fixture
def card(preprocessing: Preprocessing) -> BundleCard:
    signature = preprocessing.signature()
    candidate = models.first_candidate(
        Family.CNN, signature, samples=100, seconds=1.0, mirror_ok=False, flops_per_second=1e9
    )
    return BundleCard(
        created="2026-01-01T00:00:00Z",
        run="test",
        inputs=(InputSpec(name="image", dtype="uint8", axes=AXES),),
        candidate=candidate,
        signature=signature,
        task=Task.CLASSIFICATION,
        metric="accuracy",
        greater_is_better=True,
        parameters=1,
    )


@pytest.fixture
def network(card: BundleCard) -> nn.Module:
    return models.build(card.candidate, card.signature, seed=3).eval()


@pytest.fixture
def folder(tmp_path: Path, card: BundleCard, preprocessing: Preprocessing, network: nn.Module) -> Path:
    save(tmp_path / "model", card=card, preprocessing=preprocessing, network=network)
    return tmp_path / "model"


def test_what_is_loaded_answers_as_what_was_saved(folder: Path, network: nn.Module) -> None:
    values = torch.randn(2, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(load(folder).network(values, None), network(values, None))


def test_card_and_preprocessing_come_back(
    folder: Path, card: BundleCard, preprocessing: Preprocessing
) -> None:
    loaded = load(folder)
    assert loaded.card == card
    assert loaded.preprocessing == preprocessing


def test_a_run_folder_will_do(folder: Path) -> None:
    assert load(folder.parent).folder == folder


def test_nothing_but_the_bundle_is_left(folder: Path) -> None:
    assert [place.name for place in folder.parent.iterdir()] == ["model"]
    names = {place.name for place in folder.iterdir()}
    assert names == {"bundle.json", "preprocessing.json", "weights.safetensors", "README.md"}


def test_saving_again_replaces(
    folder: Path, card: BundleCard, preprocessing: Preprocessing, network: nn.Module
) -> None:
    newer = card.model_copy(update={"run": "newer"})
    save(folder, card=newer, preprocessing=preprocessing, network=network)
    assert load(folder).card.run == "newer"
    assert [place.name for place in folder.parent.iterdir()] == ["model"]


def test_the_readme_names_classes_and_use(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert "Classes (2): cat, dog" in text
    assert "advisor predict" in text


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (("plain", "plain"), "the mean of 2 networks that differ in their seeds alone"),
        (("plain", "resnet"), "the mean of 2 networks: 50% CNN (plain), 50% CNN (resnet)"),
    ],
)
def test_the_readme_says_what_an_ensemble_is_of(
    members: tuple[str, ...], said: str, card: BundleCard, preprocessing: Preprocessing
) -> None:
    candidates = tuple(card.candidate.model_copy(update={"architecture": one}) for one in members)
    ensemble = card.model_copy(update={"members": candidates, "shares": (0.5, 0.5)})
    assert f"- Ensemble: {said}\n" in readme(ensemble, preprocessing)


@pytest.mark.parametrize("name", ["preprocessing.json", "weights.safetensors"])
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(RunError, match=f"missing {name}"):
        load(folder)


@pytest.mark.parametrize("name", ["bundle.json", "preprocessing.json", "weights.safetensors"])
def test_a_damaged_file_is_named(name: str, folder: Path) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:40])
    with pytest.raises(RunError, match=rf"{name} is damaged"):
        load(folder)


def test_weights_of_another_architecture_are_refused(folder: Path, card: BundleCard) -> None:
    other = Candidate(family=card.candidate.family, architecture="plain", params=card.candidate.params)
    (folder / "bundle.json").write_text(card.model_copy(update={"candidate": other}).to_json())
    with pytest.raises(RunError, match=r"does not fit bundle\.json"):
        load(folder)


def test_a_folder_without_a_model_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds neither a bundle"):
        load(tmp_path)


def test_an_unwritable_place_is_told(
    card: BundleCard, preprocessing: Preprocessing, network: nn.Module, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        save(tmp_path / "file" / "model", card=card, preprocessing=preprocessing, network=network)
