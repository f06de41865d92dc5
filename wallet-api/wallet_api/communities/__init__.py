"""What a client needs to take part."""
