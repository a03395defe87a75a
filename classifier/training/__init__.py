"""From labelled articles to a model: counted, fitted, measured and published."""
