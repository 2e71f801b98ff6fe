"""The user's files: paths, names, sources that are regular files, and atomic writes."""
