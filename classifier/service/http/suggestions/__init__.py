"""Kept suggestions in the service: a thread that writes them, the routes that list them, and the call-backs."""
