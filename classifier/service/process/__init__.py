"""Processes: the model that is served, the workers that serve it."""
