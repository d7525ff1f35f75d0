"""The fair round, Optuna's studies, the budget, the verdict. `run.run` is the whole search."""
