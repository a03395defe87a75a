"""The vocabulary doctor: sections to merge, split, add, retire or feed, with the F1 that each change would bring."""
