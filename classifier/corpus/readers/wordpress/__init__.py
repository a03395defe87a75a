"""WordPress exports (WXR): mended, parsed as a stream, and read as labelled articles."""
