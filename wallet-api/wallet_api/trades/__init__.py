"""What a participant's orders traded."""
