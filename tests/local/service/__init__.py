"""The embedded service on its socket."""
