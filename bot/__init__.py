"""Mesobot: the chatbot of an aesthetic clinic's mesotherapy service. Start reading in docs/architecture.md."""
