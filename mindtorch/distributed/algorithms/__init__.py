"""What is built from collectives."""
