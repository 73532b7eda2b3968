"""What the bot knows: facts, answer cards and fixed sentences as data, and the library that picks from them."""


class KnowledgeError(ValueError):
    """The content cannot be used; the message lists every problem, one a line."""
