from __future__ import annotations

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from bot.settings import Settings
from bot.storage import migrations
from bot.storage.database import make_engine, open_database
from bot.storage.tables import load_every_table


@pytest.fixture
def url(settings_of_nothing: Settings) -> str:
    settings_of_nothing.data_dir.mkdir(parents=True)
    return settings_of_nothing.database


def test_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    migrations.upgrade(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, load_every_table()) == []
    engine.dispose()


def test_upgrading_twice_is_the_same_as_once(url: str) -> None:
    migrations.upgrade(url)
    migrations.upgrade(url)


def test_programs_may_upgrade_at_the_same_time(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=migrations.upgrade, args=(url,)) for _ in range(4)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(60)
    assert [program.exitcode for program in programs] == [0] * 4


def test_every_migration_can_be_undone_and_done_again(url: str) -> None:
    migrations.upgrade(url)
    migrations.downgrade(url)
    engine = make_engine(url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    migrations.upgrade(url)


def test_opening_a_database_brings_it_up_to_date(settings_of_nothing: Settings) -> None:
    database = open_database(settings_of_nothing)
    with database.read() as connection:
        assert "conversations" in inspect(connection).get_table_names()
    database.close()
