"""The shared vocabulary of the market: values without input or output.

Every quantity is an integer with its unit in its type: energy in watt-hours, prices in
millicent per kilowatt-hour, money in 10^-8 EUR. Their product is exact.
"""
