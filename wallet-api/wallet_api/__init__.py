"""The HTTP interface of prosumers and aggregators."""
