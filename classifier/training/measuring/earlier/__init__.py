"""What an earlier training has to do with the articles of today: articles that it has seen, sections that moved."""
