"""What is run before a release, because it takes longer than CI may."""
