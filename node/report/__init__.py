"""What a day looks like to people: an HTML page that works offline, and a summary in a terminal."""
