"""Real clients of the decision protocols against the real service; make verify-protocols installs and runs them."""
