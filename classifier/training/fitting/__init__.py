"""Fits weights, calibration, thresholds and limits."""
