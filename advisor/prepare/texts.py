"""Texts: a tokenizer learnt on the training split, with the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.prepare.preprocessing import TextValues
from advisor.readers.text.letters import by_letter

MAX_VOCABULARY = 8_000  # sub-words; small corpora do not fill more (Sennrich et al. 2016)
LEAST_COUNT = 2  # a piece seen once cannot be learnt
LENGTH_QUANTILE = 0.99  # texts are cut where all but one in a hundred end
MAX_LENGTH = 256
MAX_LETTERS = 1_024  # a letter says less than a piece of a word
PADDING, UNKNOWN = "[PAD]", "[UNK]"


def fit_texts(texts: Sequence[str]) -> TextValues:
    """Byte-pair pieces of lower-cased words, or characters where texts are single long words."""
    letters = by_letter(texts)
    tokenizer = _learn(texts, letters)
    encoded = [len(one.ids) for one in tokenizer.encode_batch(list(texts))]
    return TextValues(
        tokenizer=tokenizer.to_str(),
        vocabulary=tokenizer.get_vocab_size(),
        length=int(np.clip(np.quantile(encoded, LENGTH_QUANTILE), 4, MAX_LETTERS if letters else MAX_LENGTH)),
    )


def encode(texts: Sequence[str], values: TextValues) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens `[sample, token]` int64 padded with 0, and lengths `[sample]`; a text has at least one token."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(values.tokenizer)
    unknown = int(tokenizer.token_to_id(UNKNOWN) or 0)
    rows = [one.ids[: values.length] or [unknown] for one in tokenizer.encode_batch(list(texts))]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    tokens = np.zeros((len(rows), int(lengths.max(initial=1))), dtype=np.int64)
    for row, ids in enumerate(rows):
        tokens[row, : len(ids)] = ids
    return tokens, lengths


def _learn(texts: Sequence[str], letters: bool) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN) if letters else models.BPE(unk_token=UNKNOWN))
    special = [PADDING, UNKNOWN]
    if letters:
        tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        trainer: Any = trainers.WordLevelTrainer(special_tokens=special, show_progress=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer = trainers.BpeTrainer(
            vocab_size=MAX_VOCABULARY,
            min_frequency=LEAST_COUNT,
            special_tokens=special,
            show_progress=False,
            continuing_subword_prefix="##",
        )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
