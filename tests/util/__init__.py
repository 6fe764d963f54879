"""What any program needs."""
