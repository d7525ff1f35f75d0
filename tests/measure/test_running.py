"""Running text: does the order of the last letters tell the next?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from advisor.decide import flowchart
from advisor.measure import measure
from advisor.measure.probes.running import next_letter_facts
from advisor.readers.source import Source
from advisor.records import Axis, InputSpec


def drop(text: str) -> tuple[float, float]:
    facts = {fact.name: fact for fact in next_letter_facts([text], 0)}
    found = facts["order_score_drop"]
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_order_tells_the_next_letter_of_a_language() -> None:
    rng = np.random.default_rng(0)
    words = ["table", "chair", "window", "garden", "letter", "number"]
    low, _ = drop(" ".join(rng.choice(words, 4000)))
    assert low > 0.2


def test_order_tells_nothing_of_letters_drawn_at_random() -> None:
    low, high = drop("".join(np.random.default_rng(0).choice(list("abcdefgh"), 20_000)))
    assert low <= 0.005
    assert high < 0.02


def test_letters_that_only_say_how_many_there_were_need_no_order() -> None:
    rng = np.random.default_rng(0)
    runs = [rng.choice(list("ab" if i % 2 else "cd"), 400) for i in range(60)]
    low, high = drop("".join("".join(run) for run in runs))
    assert abs(low) < 0.02
    assert abs(high) < 0.02


def test_short_texts_are_not_probed() -> None:
    assert next_letter_facts(["only a few words"], 0) == []


def test_running_text_ends_at_a_recurrent_network(source) -> None:
    rng = np.random.default_rng(0)
    text = " ".join(rng.choice(["table", "chair", "window", "garden"], 3000))
    one: Source = replace(
        source([text]),
        read_pieces=lambda i, count, size: [text[k : k + size] for k in range(0, len(text), size)],
    )
    axes = (Axis(name="token", unit="letter"),)
    one = replace(
        one, spec=one.spec.model_copy(update={"inputs": (InputSpec(name="t", dtype="str", axes=axes),)})
    )
    _, facts = measure(one)
    decision = flowchart.decide(one.spec, facts)
    assert (decision.task, decision.family, decision.order_matters) == ("generation", "rnn", True)
    assert decision.confidence > 0.9


def test_letters_are_counted_and_probed_as_letters(source) -> None:
    rng = np.random.default_rng(0)
    strings = ["".join(rng.choice(list("ACGT"), 40)) for _ in range(300)]
    labels = [str(i % 2) for i in range(300)]
    strings = [
        s[:10] + ("ACGTT" if label == "1" else "TTGCA") + s[15:]
        for s, label in zip(strings, labels, strict=True)
    ]
    one = source(strings, labels=labels)
    axes = (Axis(name="token", size=40, unit="letter"),)
    one = replace(
        one, spec=one.spec.model_copy(update={"inputs": (InputSpec(name="t", dtype="str", axes=axes),)})
    )
    _, facts = measure(one)
    assert facts.value("tokens_per_sample") == 40
    assert facts.value("size_variation_token") == 0
    found = facts.get("order_score_drop")
    assert found is not None
    assert found.low is not None
    assert found.low > 0.1


def test_translations_are_probed_by_the_next_letter(source) -> None:
    rng = np.random.default_rng(0)
    texts = [
        " ".join(rng.choice(["table", "chair", "window", "garden"], rng.integers(4, 12))) for _ in range(200)
    ]
    _, facts = measure(source(texts))
    found = facts.get("order_score_drop")
    assert found is not None
    assert found.unit == "accuracy"
    assert (found.low or 0) > 0.2
