"""Facts -> Decision and Findings. Pure: plain records in, plain records out."""

from __future__ import annotations

from advisor.decide.flowchart import FLOWCHART, OUTCOMES, START, decide
from advisor.decide.health import findings

__all__ = ["FLOWCHART", "OUTCOMES", "START", "decide", "findings"]
