"""The only door to the network: registries and Python indexes."""
