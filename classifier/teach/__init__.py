"""Labels from a decision model (a teacher), and the articles that a person should label first."""
