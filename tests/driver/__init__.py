"""Driving the real service, from tests and from benchmarks: start it, wait for it, put load on it, stop it."""
