"""Articles kept in temporary files while a command runs, so that their texts take no memory."""
