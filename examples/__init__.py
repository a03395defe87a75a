"""Programs that ask a service for tags; each is run by the tests."""
