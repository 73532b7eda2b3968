"""What is kept: tables, encryption, migrations, retention. One module per concern; functions take a connection.

Sync on purpose (docs/decisions/0301-sync-database.md): async programs call through `Database.run`.
"""
