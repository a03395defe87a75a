#!/usr/bin/env bash
# scikit-learn 1.9.1: in OneVsRestClassifier, a label without a single positive example gets the margin 0, above most other labels.
#
# Expected: a label that no article of the training part has is never predicted, so its decision_function is the lowest of all.
# Seen: fit warns, and puts a constant in place of the label's classifier. predict never gives the label, and predict_proba is 0. But
# decision_function is exactly 0, where labels that do not fit have negative margins. Sorted by margin, the label without examples
# comes first in every article that no other label fits, and directly after the fitting ones in all others. A threshold a little
# below 0 gives it to all articles. Rare labels meet this in single folds of a cross-validation, where it lowers every figure of the
# ranking. Whoever ranks by margins must set the column to -inf.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/rank.py" <<'PYTHON'
import warnings

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

labels = np.array(["weather", "sport", "council", "opera"])  # no article has the last one
texts = ["river flood rain", "goal match team", "vote mayor budget", "rain storm river", "coach goal team", "mayor vote council"]
tags = np.eye(4, dtype=int)[[0, 1, 2, 0, 1, 2]]
vectorizer = TfidfVectorizer()
rows = vectorizer.fit_transform(texts)
queries = vectorizer.transform(["rain and storm", "a team at the river", "nothing that is known"])

for model in (LinearSVC(random_state=0), LogisticRegression()):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier = OneVsRestClassifier(model).fit(rows, tags)
    assert any("Label not 3" in str(one.message) for one in caught)
    margins = classifier.decision_function(queries)
    ranks = [labels[np.argsort(-row)].tolist() for row in margins]
    print(type(model).__name__, "margins:", margins.round(2).tolist(), "ranks of opera:", [r.index("opera") + 1 for r in ranks])
    assert not classifier.predict(queries)[:, 3].any()
    assert (margins[:, 3] == 0).all(), "the behaviour has changed"
    assert ranks[2][0] == "opera"
    if hasattr(classifier, "predict_proba"):
        chances = classifier.predict_proba(queries)
        assert (chances.argmin(axis=1) == 3).all()
        assert (chances[:, 3] == 0).all()
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" "$folder/rank.py"
