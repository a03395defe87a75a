"""The desk: pages for editors. They try a story, decide on suggestions, and read how good the model is."""
