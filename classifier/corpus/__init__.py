"""Labelled articles: reading them, and checking whether they can be trusted."""
