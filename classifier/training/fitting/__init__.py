"""From labelled articles to weights, probabilities and thresholds."""
