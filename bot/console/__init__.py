"""The staff console: server-rendered pages on a port of their own. `program.run(settings)` serves it.

`app.every_page()` lists what there is and which permission each page needs; `gate.py` lets nobody past without it.
"""
