"""Prices from outside: the wholesale prices that a real-time tariff follows.

They come as ENTSO-E documents (``publication``), asked for by ``transparency`` and kept by
``archive``, or as tables (``table``). Each way ends in a ``domain.price_series.PriceSeries``.
"""
