"""Batches from tensors, and augmentation."""

from __future__ import annotations

import pytest
import torch

from advisor.prepare import Prepared, augment


def samples(count: int) -> Prepared:
    return Prepared(ids=tuple(map(str, range(count))), values=torch.arange(count).float()[:, None])


@pytest.mark.parametrize(("count", "batch_size"), [(10, 3), (9, 4), (1, 8)])
def test_in_order_gives_every_sample_once(count: int, batch_size: int) -> None:
    values = torch.cat([batch.values for batch in samples(count).in_order(batch_size)])
    assert values[:, 0].tolist() == list(range(count))


def test_shuffled_leaves_out_a_last_batch_of_one() -> None:
    batches = list(samples(9).shuffled(4, torch.Generator().manual_seed(0)))
    assert [len(batch.values) for batch in batches] == [4, 4]


def test_a_batch_is_cut_to_its_longest_sample() -> None:
    prepared = Prepared(("a", "b"), torch.zeros(2, 9, 1), lengths=torch.tensor([2, 5]))
    assert prepared.batch(torch.tensor([0, 1])).values.shape[1] == 5


def test_without_shift_and_flip_nothing_changes() -> None:
    values = torch.rand(4, 1, 6, 6)
    torch.testing.assert_close(augment(values, shift=0.0, flip=False, generator=torch.Generator()), values)


def test_flips_mirror_about_half_of_the_samples() -> None:
    values = torch.arange(4.0).expand(400, 1, 2, 4)
    flipped = (
        augment(values, shift=0.0, flip=True, generator=torch.Generator().manual_seed(0))[:, 0, 0, 0] == 3
    )
    assert 120 < int(flipped.sum()) < 280


def test_frames_of_a_clip_move_together() -> None:
    clip = torch.rand(2, 1, 1, 8, 8).expand(2, 5, 1, 8, 8)
    moved = augment(clip, shift=0.25, flip=True, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved))


def test_shifts_move_whole_pictures_and_reflect_what_moves_in() -> None:
    picture = torch.arange(8.0).expand(300, 1, 8, 8)
    moved = augment(picture, shift=0.25, flip=False, generator=torch.Generator().manual_seed(0))
    expected = {tuple(min(abs(i + by), 14 - abs(i + by)) for i in range(8)) for by in range(-2, 3)}
    assert {tuple(map(int, row)) for row in moved[:, 0, 3].tolist()} == expected


@pytest.mark.parametrize("decoded", ["channels first", "channels last", "frames"])
def test_pixels_are_taken_and_standardised_wherever_their_channels_lie(decoded: str) -> None:
    shape = (6, 2, 4, 5, 3) if decoded == "frames" else (6, 4, 5, 3)
    pixels = torch.randint(256, shape, dtype=torch.uint8).movedim(-1, -3)
    pixels = pixels.contiguous() if decoded == "channels first" else pixels
    mean, std = torch.tensor([10.0, 20.0, 30.0])[:, None, None], torch.tensor([2.0, 3.0, 4.0])[:, None, None]
    prepared = Prepared(tuple("abcdef"), pixels, mean=mean, std=std)
    found = prepared.batch(torch.tensor([4, 0, 5])).values
    torch.testing.assert_close(found, (pixels[[4, 0, 5]].float() - mean) / std)
    part = prepared.select(torch.tensor([5, 4, 0])).batch(torch.tensor([1, 2, 0])).values
    torch.testing.assert_close(part, found)


def test_targets_of_windows_follow_their_lookback() -> None:
    series = torch.arange(40.0).reshape(20, 2)
    windows = Prepared((), series, starts=torch.tensor([0, 7]), window=(5, 2, (1,)))
    assert windows.all_targets().flatten().tolist() == [11.0, 13.0, 25.0, 27.0]
    batch = windows.batch(torch.tensor([0, 1]))
    assert torch.equal(batch.targets, windows.all_targets())  # type: ignore[arg-type]
    assert torch.equal(batch.values[1], series[7:12])
