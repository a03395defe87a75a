"""WordPress exports (WXR): corrected, parsed as a stream, and read as labelled articles."""
