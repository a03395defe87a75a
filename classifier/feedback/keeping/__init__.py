"""How suggestions are kept: each revision once, and one open suggestion an article."""
