"""What editors made of the suggestions, kept in a database; SQLAlchemy is imported only where that is used."""
