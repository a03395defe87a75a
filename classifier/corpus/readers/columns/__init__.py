"""The columns of a stranger's table: the fields of an article among them, and the forms of their cells."""
