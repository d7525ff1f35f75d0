"""The Python interface: one function per command. Nothing here prints; errors are `advisor.errors`.

inspection = workflow.inspect(Path("photos"))
result = workflow.search(Path("photos"), SearchOptions(timeout=600))
predictions = workflow.predict(Path(result.run), Path("new_photos"))
"""

from __future__ import annotations

from advisor.workflow.bundles import Exported, ExportFormat, evaluate, export, predict
from advisor.workflow.inspecting import inspect, inspect_as_page
from advisor.workflow.searching import report, runs, search

__all__ = [
    "ExportFormat",
    "Exported",
    "evaluate",
    "export",
    "inspect",
    "inspect_as_page",
    "predict",
    "report",
    "runs",
    "search",
]
