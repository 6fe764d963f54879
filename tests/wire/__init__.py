"""The conversation with a service."""
