"""scikit-learn's estimators as baselines: a view of the samples and a model made for its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from advisor.records import Signature, Task
from advisor.tasks.fitting import Fitted
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part, View, features

MAX_CELLS = 50_000_000  # samples x features that one fit may hold; more samples are left out, and it is said
MIDDLE_CELLS = 10_000_000  # the same for pictures, whose features are many
SLOW_CELLS = 4_000_000  # the same for fits that iterate
NEAR_CELLS = MAX_CELLS // 3  # the same for nearest neighbours, whose cost is in predicting
BYTES_PER_CELL = 20  # a value in single precision, and twice in double while a model is fitted
PCA_FEATURES = 64
NEIGHBOURS = 5


def on_view(view: View, make: Callable[..., Any], cells: int) -> Callable[[Part, Signature, int], Fitted]:
    """A baseline's `fit`: at most `cells` values, an estimator made for (samples, features, seed)."""

    def fit(train: Part, signature: Signature, seed: int) -> Fitted:
        count, targets = len(train.prepared), train.targets()
        targets = targets[:, 0] if targets.ndim == 2 else targets
        width = features(view, train, torch.tensor([0])).shape[1]
        within = cells if train.memory is None else min(cells, train.memory // BYTES_PER_CELL)
        most, places = max(100, within // max(1, width)), None
        if count > most:
            kept = np.random.default_rng(seed).permutation(count)[:most]
            places, targets = torch.from_numpy(kept), targets[kept]
        seen = features(view, train, places)
        model = make(*seen.shape, seed).fit(seen, targets)
        shape = (-1, 1) if signature.task is Task.REGRESSION else (-1,)

        def predict(part: Part) -> Array:
            chunks = torch.split(torch.arange(len(part.prepared)), max(100, within // max(1, width)))
            found = [np.asarray(model.predict(features(view, part, chunk))) for chunk in chunks]
            return np.concatenate(found).reshape(shape)

        return Fitted(predict, len(seen))

    return fit


def _standardised(*steps: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), *steps)


def logistic(samples: int, features: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return _standardised(LogisticRegression(C=min(1.0, 30.0 / features), max_iter=60))


def nearest(samples: int, features: int, seed: int) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    components = min(PCA_FEATURES, features, samples)
    nearest = KNeighborsClassifier(min(NEIGHBOURS, samples) if samples > 500 else 1, algorithm="brute")
    return make_pipeline(PCA(components, svd_solver="randomized", random_state=seed), nearest)


def nearest_value(samples: int, features: int, seed: int) -> Any:
    from sklearn.neighbors import KNeighborsRegressor

    return _standardised(KNeighborsRegressor(min(NEIGHBOURS, samples)))


def boosting_classifier(samples: int, features: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=60, random_state=seed)


def boosting_regressor(samples: int, features: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(max_iter=60, random_state=seed)


def on_text(
    make_vectorizer: Callable[[], Any], make_model: Callable[[int], Any]
) -> Callable[[Part, Signature, int], Fitted]:
    def fit(train: Part, signature: Signature, seed: int) -> Fitted:
        from sklearn.pipeline import make_pipeline

        targets = train.targets()
        model = make_pipeline(make_vectorizer(), make_model(seed))
        model.fit(_texts(train), targets[:, 0] if targets.ndim == 2 else targets)
        shape = (-1, 1) if signature.task is Task.REGRESSION else (-1,)
        return Fitted(lambda part: np.asarray(model.predict(_texts(part))).reshape(shape), len(targets))

    return fit


def _texts(part: Part) -> Sequence[str]:
    if part.texts is None:
        raise ValueError("text baselines need the texts")
    return part.texts


def counts() -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"(?u)\S+")


def tf_idf() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\S+", min_df=1)


def letters() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=100_000)


def naive_bayes(seed: int) -> Any:
    from sklearn.naive_bayes import MultinomialNB

    return MultinomialNB()


def text_logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=60)


def text_ridge(seed: int) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(solver="sparse_cg")
