"""One HTML page to read and to send: it loads nothing, and shows all of it without a script."""
