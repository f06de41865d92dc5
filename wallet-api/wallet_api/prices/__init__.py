"""Feed-in, local and retail prices: the past and, as a stream, the news."""
