"""Streaming JSON without a parser's leniency."""
