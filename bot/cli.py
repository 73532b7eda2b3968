"""The `mesobot` command. Each subcommand imports what it needs when it runs, so that `--help` is instant."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.libyaml import use_libyaml
from bot.settings import ROOT, Settings, SettingsError, from_environment

UNKNOWN = "nothing is held about this conversation"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 when it did what it was asked. Errors a person can mend are one plain line."""
    if sys.version_info[:2] != (3, 10):
        print(f"mesobot needs Python 3.10 (Rasa 3.6 runs on no later one); this is {sys.version.split()[0]}")
        return 2
    # Before numpy is loaded: our products are small, a second thread doubles the processor time and gains nothing.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    use_libyaml()
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        return int(given.run(from_environment(), given) or 0)
    except SettingsError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mesobot", description="The chatbot of a clinic's mesotherapy service.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: object, explain: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=explain, description=explain)
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "start engine, gateway and console, print the addresses, restart an engine that fails")
    add("gateway", _gateway, "start the public program only")
    add("engine", _engine, "start the private program only")
    add("console", _console, "start the staff console only")
    train = add("train", _train, "train the model if config, domain or data changed")
    train.add_argument("--force", action="store_true", help="train even if nothing changed")
    train.add_argument("--project", type=Path, default=ROOT, help="folder with config.yml, domain.yml and data")
    retrain = add("retrain", _retrain, "train and measure a proposal of the console; the engine starts it")
    retrain.add_argument("proposal")
    retrain.add_argument("--project", type=Path, default=ROOT, help="folder with config.yml, domain.yml and data")
    add("chat", _chat, "talk with the assistant in the terminal")
    trial = add("demo", _demo, "use a messaging channel in the terminal, through a local platform, without an account")
    trial.add_argument("channel", choices=["telegram", "sms", "whatsapp", "whatsapp_twilio", "messenger"])
    ask = add("ask", _ask, "print the answer to one question")
    ask.add_argument("text")
    add("parse", _parse, 'read {"id","text"} lines, print how each is understood')
    evaluate = add("evaluate", _evaluate, "measure understanding on the held-out examples, write a report with plots")
    evaluate.add_argument("--out", type=Path, default=ROOT / "results" / "nlu", help="folder of the report")
    evaluate.add_argument("--floors", action="store_true", help="exit 1 when a figure is below its floor")
    add("assess", _assess, 'read {"today","answers"} lines, print the assessment of each')
    add(
        "replay",
        _replay,
        "compute every stored assessment again; exit 1 when one comes out otherwise today",
    )
    add("check", _check, "check settings, clinic.yml and content; say what is missing")
    database = add("db", _db, "upgrade the database to this version; safe to run twice")
    database.add_argument("what", choices=["upgrade"])
    add("rotate", _rotate, "seal everything anew with the first data key; safe beside a running service, and to repeat")
    people = add("staff", _staff, "add somebody who works here, or invite them again; prints the address to send them")
    people.add_argument("what", choices=["add"])
    people.add_argument("name")
    people.add_argument("--role", required=True, help="reception, clinician, editor or admin")
    for name, run, explain in (
        ("export", _export, "print everything held about a conversation as JSON"),
        ("erase", _erase, "delete everything held about a conversation"),
    ):
        about = add(name, run, explain)
        about.add_argument("conversation")
        if name == "export":
            about.add_argument("--fhir", action="store_true", help="the health answers as a FHIR R4 bundle instead")
    return parser


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    from bot.serve import serve

    return serve(settings)


def _gateway(settings: Settings, _: argparse.Namespace) -> int:
    from bot.gateway.program import run

    run(settings)
    return 0


def _engine(settings: Settings, _: argparse.Namespace) -> int:
    from bot.engine.program import run

    run(settings)
    return 0


def _console(settings: Settings, _: argparse.Namespace) -> int:
    from functools import partial

    from bot.console.program import run
    from bot.gateway.channels.looks import looks
    from bot.gateway.metrics import gathered

    run(settings, partial(gathered, settings.data_dir), looks)
    return 0


def _staff(settings: Settings, given: argparse.Namespace) -> int:
    from bot.console.program import add_staff

    try:
        link = add_staff(settings, given.name, given.role)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"Send {given.name} this address. It works once, for one day:\n\n  {link}\n")
    return 0


def _train(settings: Settings, given: argparse.Namespace) -> int:
    from bot.engine.program import quiet
    from bot.engine.training import model_path, train

    quiet()
    if model_path(given.project, settings.models_dir).exists() and not given.force:
        print("nothing changed since the last training")
    print(train(given.project, settings.models_dir, given.force))
    return 0


def _retrain(settings: Settings, given: argparse.Namespace) -> int:
    from bot.engine.program import quiet

    quiet()
    from bot.engine.retraining import retrain

    retrain(settings, given.proposal, given.project)
    return 0


def _chat(settings: Settings, _: argparse.Namespace) -> int:
    from bot.engine.terminal import chat

    chat(settings)
    return 0


def _demo(settings: Settings, given: argparse.Namespace) -> int:
    from bot.demo.terminal import demo

    return demo(settings, given.channel)


def _ask(settings: Settings, given: argparse.Namespace) -> int:
    from bot.engine.terminal import ask

    ask(settings, given.text)
    return 0


def _parse(settings: Settings, _: argparse.Namespace) -> int:
    from bot.engine.terminal import parse_lines

    parse_lines(settings, sys.stdin, sys.stdout)
    return 0


def _evaluate(settings: Settings, given: argparse.Namespace) -> int:
    from bot.engine.evaluation import evaluate

    return evaluate(settings, given.out, floors=given.floors)


def _assess(_: Settings, __: argparse.Namespace) -> int:
    from bot.eligibility.assessment import assess_line

    for line in filter(str.strip, sys.stdin):
        print(json.dumps(assess_line(json.loads(line)), ensure_ascii=False), flush=True)
    return 0


def _replay(settings: Settings, _: argparse.Namespace) -> int:
    from bot.eligibility.assessment import replay
    from bot.storage import assessments
    from bot.storage.database import open_database

    database, same = open_database(settings), True
    with database.read() as connection:
        for kept in assessments.every(database, connection):
            again = replay(kept.content)
            same = same and again["same"]
            line = {"id": kept.id, "finished": kept.finished_at.isoformat()}  # no answers: this may go into a log
            print(json.dumps(line | {name: again[name] for name in ("same", "changed", "rules_then", "rules_now")}))
    return 0 if same else 1


def _check(settings: Settings, _: argparse.Namespace) -> int:
    from bot.checks import problems

    found = problems(settings)
    print("\n".join(found) or "all well")
    return 1 if found else 0


def _db(settings: Settings, _: argparse.Namespace) -> int:
    from bot.storage.database import open_database

    open_database(settings).close()
    print("the database is up to date")
    return 0


def _rotate(settings: Settings, _: argparse.Namespace) -> int:
    from bot.storage.database import open_database
    from bot.storage.rotation import rotate

    print(f"{rotate(open_database(settings))} values sealed anew")
    return 0


def _export(settings: Settings, given: argparse.Namespace) -> int:
    from bot.storage.database import open_database
    from bot.storage.erasure import export

    if given.fhir:
        return _export_fhir(settings, given.conversation)
    held = export(open_database(settings), given.conversation)
    if held is None:
        print(UNKNOWN, file=sys.stderr)
        return 1
    print(json.dumps(held, ensure_ascii=False, indent=2, default=str))
    return 0


def _export_fhir(settings: Settings, conversation: str) -> int:
    from bot.clinic import load_clinic
    from bot.eligibility.questionnaire import load_questionnaire
    from bot.storage import audit, clinical_export
    from bot.storage.database import open_database
    from bot.storage.tables import now

    database = open_database(settings)
    with database.write() as connection:
        made = clinical_export.bundle(
            database,
            connection,
            conversation,
            questionnaire=load_questionnaire(),
            clinic=load_clinic(settings.clinic),
            at=now(),
        )
        if made is None:
            print("no finished questionnaire in this conversation", file=sys.stderr)
            return 1
        audit.record(connection, now(), "operator", "export_fhir", conversation=conversation)
    print(json.dumps(made, ensure_ascii=False, indent=2))
    return 0


def _erase(settings: Settings, given: argparse.Namespace) -> int:
    from bot.storage.database import open_database
    from bot.storage.erasure import erase

    if not erase(open_database(settings), given.conversation):
        print(UNKNOWN, file=sys.stderr)
        return 1
    print("erased")
    return 0


if __name__ == "__main__":
    sys.exit(main())
