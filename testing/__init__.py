"""Helpers of the tests: clients, stores, documents, faults. pytest does not collect them."""
