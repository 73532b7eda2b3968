"""Everything that faces people: sessions, the chat API, turn-taking, alerts. Never imports Rasa.

`program.run(settings)` starts it; `app.create_app(gateway)` is the ASGI application; `gateway.Gateway` holds the parts.
"""
