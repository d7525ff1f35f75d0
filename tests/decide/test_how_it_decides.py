"""`docs/how-it-decides.md` says what `thresholds.py` says."""

from __future__ import annotations

import re
from pathlib import Path

from advisor.decide import thresholds
from advisor.decide.thresholds import Threshold

PAGE = Path(__file__).parents[2] / "docs" / "how-it-decides.md"
ROW = re.compile(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)


def test_the_page_states_every_limit_as_it_is() -> None:
    known = [one for one in vars(thresholds).values() if isinstance(one, Threshold)]
    stated = {name: tuple(rest) for name, *rest in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    assert stated == {one.name: (f"{one.value:g}", one.unit, one.source) for one in known}
