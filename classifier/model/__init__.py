"""A trained model: what serving needs and no more."""
