"""What happens to every request, whatever its endpoint: plain ASGI, outermost first."""
