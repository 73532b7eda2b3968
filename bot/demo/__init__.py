"""Local platforms: small servers that speak the documented protocols, for tests and for trying without an account."""
