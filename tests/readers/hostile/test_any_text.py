"""Any text in a file of any text form is an answer or a refusal that names the data."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor import workflow
from advisor.errors import AdvisorError

HEADS = {
    "data.csv": "",
    "data.tsv": "",
    "data.json": "[",
    "data.jsonl": "{",
    "data.ts": "@problemName a\n@classLabel true 0 1\n@data\n",
    "data.arff": "@relation a\n@attribute b numeric\n@attribute c {0,1}\n@data\n",
    "data.fasta": ">a 0\n",
    "train.txt": "",
}
PIECES = st.sampled_from(
    ["\n", ",", ";", "\t", " ", ":", '"', "'", "{", "}", "[", "]", "@data", "@attribute x relational\n",
     "@end", ">",
     "?", "nan", "1e999", "-", "0", "1", "2.5", "2020-01-01", "O", "B-PER", "ACGT", "word", "\0", "\ufeff",
     "%", "#",
     "null", "true", '"a":', '{"a": 1}', "\r", "\u2028", "é", "9" * 30]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=3).map(
        lambda lines: "\n".join(lines * 12)
    ),
    st.text(max_size=80),
)


def inspect_any(name: str, text: str, folder: Path) -> None:
    file = folder / name
    file.write_text(HEADS[name] + text, encoding="utf-8", errors="replace")
    for path in (file, folder):
        with contextlib.suppress(AdvisorError):
            workflow.inspect(path, probe=False)


@pytest.mark.filterwarnings("ignore")  # as the command line does
@pytest.mark.parametrize("name", HEADS)
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_any_text(name: str, text: str, tmp_path: Path) -> None:
    inspect_any(name, text, tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HEADS)
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_any_text_at_length(name: str, text: str, tmp_path: Path) -> None:
    inspect_any(name, text, tmp_path)
