"""Thin Rasa SDK adapters: read slots, ask the domain, say its replies, return events. They decide nothing."""
