"""The user's files: paths, names, sources, destinations and atomic writes."""
