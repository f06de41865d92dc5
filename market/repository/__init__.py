"""All SQL of the market. Nothing here commits: the services own their transactions."""
