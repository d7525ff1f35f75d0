"""Strong cheap models that a network has to beat, on the same split.

Together they may take a small share of the time. Each says in `how` what it is.
"""

from __future__ import annotations

import importlib

from advisor.records import Signature, Task
from advisor.tasks import estimators as by
from advisor.tasks import forecasters, linear, views
from advisor.tasks.estimators import MAX_CELLS, MIDDLE_CELLS, NEAR_CELLS, SLOW_CELLS, on_text, on_view
from advisor.tasks.fitting import Baseline


def baselines_for(signature: Signature) -> tuple[Baseline, ...]:
    """The baselines for a task and layout, cheap ones first."""
    if signature.task is Task.FORECASTING:
        return FORECASTING
    table = REGRESSION if signature.task is Task.REGRESSION else CLASSIFICATION
    return table[signature.layout]


def needs_library(baseline: Baseline) -> bool:
    """Whether it is made of scikit-learn, which takes a second or two to import."""
    return baseline.name not in AT_ONCE


def load_library(signature: Signature) -> None:
    """Imports what the baselines of a layout are made of, where that was not done before."""
    for module in LIBRARY.get(signature.layout, ("linear_model", "neighbors", "decomposition")):
        importlib.import_module(f"sklearn.{module}")


AT_ONCE = {
    *("majority", "mean", "ridge", "ridge_on_summary", "ridge_on_one_frame", "ridge_on_bag_of_frames"),
    *("last_value", "seasonal_naive", "ridge_on_lags"),
}

LIBRARY = {
    "text": ("linear_model", "feature_extraction.text", "naive_bayes"),
    "table": ("linear_model", "neighbors", "ensemble"),
}


FORECASTING = (
    Baseline("last_value", "the last value repeated", forecasters.last_value),
    Baseline("seasonal_naive", "the last period repeated", forecasters.seasonal_naive),
    Baseline(
        "ridge_on_lags",
        "one ridge map from look-back to horizon, shared by the channels",
        forecasters.ridge_on_lags,
    ),
)

_SUMMARY = "ridge on means, spreads, ends and changes"
_STEPS = "all steps (stretched to one length)"
_BAG = "means and spreads over frames"
_MAJORITY = Baseline(
    "majority", "the most frequent class", on_view(views.nothing, linear.majority, MAX_CELLS)
)
_RIDGE_FLAT = Baseline(
    "ridge",
    "ridge classifier on flattened values",
    on_view(views.flat, linear.ridge_classifier, MIDDLE_CELLS),
)
_LOGISTIC_FLAT = Baseline(
    "logistic_regression",
    "logistic regression on flattened values",
    on_view(views.flat, by.logistic, SLOW_CELLS),
)
_NEAREST_FLAT = Baseline(
    "nearest_neighbour",
    "nearest neighbours on 64 principal components",
    on_view(views.flat, by.nearest, NEAR_CELLS),
)

CLASSIFICATION: dict[str, tuple[Baseline, ...]] = {
    "image": (_MAJORITY, _RIDGE_FLAT, _NEAREST_FLAT, _LOGISTIC_FLAT),
    "series": (
        _MAJORITY,
        Baseline("ridge_on_summary", _SUMMARY, on_view(views.summary, linear.ridge_classifier, MAX_CELLS)),
        Baseline("ridge", f"ridge on {_STEPS}", on_view(views.stretched, linear.ridge_classifier, MAX_CELLS)),
        Baseline(
            "nearest_neighbour",
            f"nearest neighbours on {_STEPS}",
            on_view(views.stretched, by.nearest, NEAR_CELLS),
        ),
        Baseline(
            "logistic_regression",
            f"logistic regression on {_STEPS}",
            on_view(views.stretched, by.logistic, SLOW_CELLS),
        ),
    ),
    "clip": (
        _MAJORITY,
        Baseline(
            "ridge_on_one_frame",
            "ridge on the middle frame",
            on_view(views.one_frame, linear.ridge_classifier, MAX_CELLS),
        ),
        Baseline(
            "ridge_on_bag_of_frames",
            f"ridge on {_BAG}",
            on_view(views.bag_of_frames, linear.ridge_classifier, MAX_CELLS),
        ),
        Baseline(
            "logistic_on_bag_of_frames",
            f"logistic regression on {_BAG}",
            on_view(views.bag_of_frames, by.logistic, SLOW_CELLS),
        ),
        Baseline(
            "nearest_neighbour",
            f"nearest neighbours on {_BAG}",
            on_view(views.bag_of_frames, by.nearest, NEAR_CELLS),
        ),
    ),
    "text": (
        _MAJORITY,
        Baseline(
            "naive_bayes",
            "multinomial naive Bayes on words and pairs of words",
            on_text(by.counts, by.naive_bayes),
        ),
        Baseline(
            "logistic_on_tf_idf",
            "logistic regression on TF-IDF of words and pairs of words",
            on_text(by.tf_idf, by.text_logistic),
        ),
        Baseline(
            "naive_bayes_on_letters",
            "naive Bayes on TF-IDF of 2 to 4 letters",
            on_text(by.letters, by.naive_bayes),
        ),
    ),
    "table": (
        _MAJORITY,
        _LOGISTIC_FLAT,
        Baseline(
            "gradient_boosting",
            "histogram gradient boosting",
            on_view(views.flat, by.boosting_classifier, MAX_CELLS),
        ),
    ),
}

_MEAN = Baseline(
    "mean", "the mean of the training targets", on_view(views.nothing, linear.mean_value, MAX_CELLS)
)
_RIDGE_VALUE = Baseline("ridge", "ridge on flattened values", on_view(views.flat, linear.ridge, SLOW_CELLS))

REGRESSION: dict[str, tuple[Baseline, ...]] = {
    "image": (_MEAN, _RIDGE_VALUE),
    "series": (
        _MEAN,
        Baseline("ridge_on_summary", _SUMMARY, on_view(views.summary, linear.ridge, MAX_CELLS)),
        Baseline("ridge", f"ridge on {_STEPS}", on_view(views.stretched, linear.ridge, SLOW_CELLS)),
        Baseline(
            "nearest_neighbour",
            f"nearest neighbours on {_STEPS}",
            on_view(views.stretched, by.nearest_value, NEAR_CELLS),
        ),
    ),
    "clip": (
        _MEAN,
        Baseline(
            "ridge_on_bag_of_frames",
            f"ridge on {_BAG}",
            on_view(views.bag_of_frames, linear.ridge, MAX_CELLS),
        ),
    ),
    "text": (
        _MEAN,
        Baseline("ridge_on_tf_idf", "ridge on TF-IDF of words and pairs", on_text(by.tf_idf, by.text_ridge)),
    ),
    "table": (
        _MEAN,
        _RIDGE_VALUE,
        Baseline(
            "nearest_neighbour", "nearest neighbours", on_view(views.flat, by.nearest_value, NEAR_CELLS)
        ),
        Baseline(
            "gradient_boosting",
            "histogram gradient boosting",
            on_view(views.flat, by.boosting_regressor, MAX_CELLS),
        ),
    ),
}
