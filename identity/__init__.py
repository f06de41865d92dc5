"""Keys, decentralised identifiers, credentials and the signatures made with them."""
