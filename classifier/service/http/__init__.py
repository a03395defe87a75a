"""Routes: a request in, an answer out."""
