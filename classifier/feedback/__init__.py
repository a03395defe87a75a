"""What editors did with the suggestions, stored in a database. SQLAlchemy is imported only when one is used."""
