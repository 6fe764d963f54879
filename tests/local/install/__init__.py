"""What is installed and fetched."""
