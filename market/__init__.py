"""The market: order book, clearing mechanisms, tariffs, prices and allocation."""
