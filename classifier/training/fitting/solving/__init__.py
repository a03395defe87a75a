"""Solves for the weights of sections, on counts as they are."""
