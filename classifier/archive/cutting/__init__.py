"""An archive cut into partitions that are tagged apart from each other."""
