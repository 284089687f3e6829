"""Invoices and credit notes as PDF: a heading, who and when, a table of lines, and what they add up to."""

from dataclasses import dataclass, field

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

_TITLE, _TEXT, _SMALL = 20, 10, 8
_GREY = 110


@dataclass(frozen=True)
class Paper:
    """`facts`, `lines` and `sums` are pairs of texts as they are shown; the last sum stands out."""

    title: str
    issuer: str
    facts: list[tuple[str, str]]
    lines: list[tuple[str, str]]
    sums: list[tuple[str, str]]
    notes: list[str] = field(default_factory=list)


def pdf_of(paper: Paper) -> bytes:
    """A4 pages in Helvetica, which needs no font file. Letters it lacks become question marks."""
    pdf = FPDF(format="A4")
    pdf.set_compression(False)  # a few kilobytes, in which text can be looked for
    pdf.core_fonts_encoding = "windows-1252"
    pdf.set_title(_shown(paper.title))
    pdf.set_author(_shown(paper.issuer))
    pdf.set_auto_page_break(True, margin=20)
    pdf.set_margin(20)
    pdf.add_page()
    _head(pdf, paper)
    _table(pdf, paper.lines)
    _sums(pdf, paper.sums)
    _notes(pdf, paper.notes)
    return bytes(pdf.output())


def _head(pdf: FPDF, paper: Paper) -> None:
    pdf.set_font("Helvetica", "B", _TITLE)
    pdf.cell(0, 12, _shown(paper.title), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", "", _TEXT)
    pdf.cell(0, 6, _shown(paper.issuer), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    for name, value in paper.facts:
        pdf.set_text_color(_GREY)
        pdf.cell(40, 6, _shown(name))
        pdf.set_text_color(0)
        pdf.multi_cell(0, 6, _shown(value), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(6)


def _table(pdf: FPDF, lines: list[tuple[str, str]]) -> None:
    with pdf.table(
        col_widths=(75, 25),
        text_align=("LEFT", "RIGHT"),
        line_height=7,
        borders_layout=TableBordersLayout.SINGLE_TOP_LINE,
        headings_style=FontFace(emphasis="BOLD"),
    ) as table:
        for name, amount in [("Description", "Amount"), *lines]:
            row = table.row()
            row.cell(_shown(name))
            row.cell(_shown(amount))
    pdf.ln(2)


def _sums(pdf: FPDF, sums: list[tuple[str, str]]) -> None:
    for place, (name, amount) in enumerate(sums, start=1):
        pdf.set_font("Helvetica", "B" if place == len(sums) else "", _TEXT)
        pdf.cell(pdf.epw * 0.75, 7, _shown(name), align="R")
        pdf.cell(pdf.epw * 0.25, 7, _shown(amount), align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(8)


def _notes(pdf: FPDF, notes: list[str]) -> None:
    pdf.set_font("Helvetica", "", _SMALL)
    pdf.set_text_color(_GREY)
    for note in notes:
        pdf.multi_cell(0, 5, _shown(note), new_x="LMARGIN", new_y="NEXT")


def _shown(text: str) -> str:
    return text.encode("cp1252", errors="replace").decode("cp1252")
