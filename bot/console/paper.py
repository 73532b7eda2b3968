"""Health answers on paper: a PDF for the clinic's own record. Like the FHIR export it names no patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
MARGIN, SIZE, SMALL, LARGE = 18, 10, 8, 16  # millimetres, points


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs, or with the rows of a table; the first row is its head."""

    heading: str
    paragraphs: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def as_pdf(title: str, lead: Sequence[str], sections: Sequence[Section], foot: str) -> bytes:
    """A4 pages, numbered, with `foot` on each. Any script that DejaVu Sans has; others show as boxes."""
    # Imported here: it is needed for a paper now and then, not by the program that serves pages.
    from fpdf import FPDF
    from fpdf.fonts import FontFace

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-15)
            self.set_font("plain", size=SMALL)
            self.cell(0, 8, f"{foot}  {self.page_no()}/{{nb}}", align="C")

    paper = Paper(format="A4")
    paper.set_title(title)
    paper.set_lang("en")
    paper.set_margins(MARGIN, MARGIN)
    paper.set_auto_page_break(auto=True, margin=MARGIN + 4)
    paper.add_font("plain", fname=FONT)
    paper.add_page()

    def say(text: str, size: int = SIZE, after: float = 1.5) -> None:
        paper.set_font("plain", size=size)
        paper.multi_cell(0, size * 0.5, _visible(text), new_x="LMARGIN", new_y="NEXT")
        paper.ln(after)

    say(title, LARGE, 2)
    for line in lead:
        say(line)
    head = FontFace(fill_color=(232, 237, 236))
    for section in sections:
        paper.ln(2)
        say(section.heading, SIZE + 3)
        for paragraph in section.paragraphs:
            say(paragraph)
        if section.rows:
            paper.set_font("plain", size=SMALL + 1)
            with paper.table(headings_style=head, line_height=5, padding=1) as table:
                for row in section.rows:
                    table.row([_visible(cell) for cell in row])
    return bytes(paper.output())


def _visible(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
