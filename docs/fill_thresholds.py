"""Writes the table of limits in `how-it-decides.md` anew from `advisor/decide/thresholds.py`.

python docs/fill_thresholds.py
"""

from __future__ import annotations

from pathlib import Path

from advisor.decide import thresholds
from advisor.decide.thresholds import Threshold

PAGE = Path(__file__).parent / "how-it-decides.md"
BEGIN, END = "<!-- limits: begin -->\n", "<!-- limits: end -->\n"


def table() -> str:
    known = [one for one in vars(thresholds).values() if isinstance(one, Threshold)]
    rows = [f"| `{one.name}` | {one.value:g} | {one.unit} | {one.source} |\n" for one in known]
    return "| limit | value | unit | where it comes from |\n|---|---|---|---|\n" + "".join(rows)


def main() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + table() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
