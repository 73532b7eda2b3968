"""The chat widget, served as it is written: no build step. `pages.routes(clinic, settings)` is what a program mounts.

`static/` is the widget (ES modules, one stylesheet), `strings/` its texts, `site/` the demo clinic's page and `/embed`.
"""
