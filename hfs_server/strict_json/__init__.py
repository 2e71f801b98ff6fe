"""JSON read strictly, as a stream or whole."""
