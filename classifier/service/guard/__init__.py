"""Who may call the service, and how much they may ask."""
