"""From a fitted model to a version in models/: settings chosen, version written, reported, judged and promoted."""
