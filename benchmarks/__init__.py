"""How fast and how large: figures to compare changes by, not tests. ``python -m benchmarks --help`` lists them."""
