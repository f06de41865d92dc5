"""Where the physical world meets the market: gateways, meter readings, tariffs."""
