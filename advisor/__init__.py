"""Says which family of deep network fits the data and why, tunes it, and checks its own advice.

The Python interface is `advisor.workflow`: one function per command.
"""

__version__ = "0.1.0"
