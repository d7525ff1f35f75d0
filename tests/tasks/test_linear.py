"""Ridge in numpy is that of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from advisor.tasks.linear import RIDGE_PENALTIES, Ridge


@pytest.mark.parametrize("shape", [(40, 150), (200, 20)])
@pytest.mark.parametrize("of_classes", [True, False])
def test_it_predicts_what_the_library_does(shape: tuple[int, int], of_classes: bool) -> None:
    generator = np.random.default_rng(0)
    seen, asked = generator.normal(size=shape), generator.normal(size=(100, shape[1]))
    noisy = seen[:, :3] + 0.7 * generator.normal(size=(len(seen), 3))
    targets = noisy.argmax(axis=1) if of_classes else noisy[:, 0]
    model = (RidgeClassifierCV if of_classes else RidgeCV)(alphas=RIDGE_PENALTIES)
    library = make_pipeline(StandardScaler(), model).fit(seen, targets)
    found = Ridge(of_classes, RIDGE_PENALTIES).fit(seen, targets).predict(asked)
    assert found == pytest.approx(library.predict(asked))
