"""Changes of a session between the store and an exporter."""
