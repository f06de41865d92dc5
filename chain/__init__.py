"""The one door to the chain: compile, deploy, call, send, and read events."""
