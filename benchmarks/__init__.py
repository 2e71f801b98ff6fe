"""How fast the server is: ``python -m benchmarks`` prints a table of ratios to plain programs."""
