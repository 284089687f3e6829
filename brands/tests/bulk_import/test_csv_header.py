"""Which line names the columns and which column has the domains, in the files that other programs export."""

import pytest

from brands.bulk_import import header
from brands.bulk_import.rows import read_csv
from brands.errors import BadFile

pytestmark = pytest.mark.django_db


def read(text):
    file = read_csv(text.encode())
    rows = list(file.rows(["tech"]))
    return [row.domain for row in rows if row.verdict == "new"], file.notices, rows


EXPORTS = {
    "a registrar's": "Domain Name,International Domain Name,TLD,Auto-renew,Forwarding URL\nocean.com,,.COM,On,\n",
    "with a second date of the same name": (
        "\ufeffDomain,Renewal Status,Punycode,Registration Date,Registration Date\nocean.com,auto,,2020,160\n"
    ),
    "with what the registrar knows of categories": "Domain,Nameservers,Category,DNS Preset\nocean.com,a b,N/A,N/A\n",
    "of another one": '"Order ID",Domain,"Created Date"\n80393,ocean.com,"2021-07-27 16:21:10"\n',
    "a marketplace's": 'Domain name;Currency;Domain Name (ACE);Currency\n"ocean.com";"USD";"ocean.com";"USD"\n',
    "with markers": "*Name (Required),*Minimum Offer (Required),Leave Blank,Leave Blank\nocean.com,1000.00,,\n",
    "with markers of another kind": "* Domain_Name [required] ,Price (optional)\nocean.com,3\n",
    "with a title": "My portfolio,,\nDomain name,Buy now price,\nocean.com,100,\n",
    "with a title that could be a heading": "Report of November\nDomains\nDomain Name,Price\nocean.com,3\n",
    "with a comment that could be a heading": "# domain, name\nname,domain\nOcean,ocean.com\n",
    "of a server's blocks": "#domain,#severity,#obfuscate\nocean.com,suspend,false\n",
    "of blocks, with a comment above": "# Blocks of 2026\n#domain;#severity\nocean.com;suspend\n",
    "of zones": "Name,Status,Plan\nocean.com,active,free\n",
    "in French": "Nom de domaine;Date d'expiration\nocean.com;2027-01-01\n",
    "in German": "Domänenname|Domain|Preis\n|ocean.com|3\n",
    "in Japanese": "ドメイン名,価格\nocean.com,3\n",
    "of addresses": "Website,Title\nhttps://www.ocean.com/,Ocean\n",
    "of addresses and domains": "URL,Domain,Site\nhttps://sea.com/,ocean.com,lake.com\n",
    "of a name in two scripts": "Punycode,URL\nocean.com,https://sea.com\n",
    "with quotes around headings of two lines": '"Domain\nName",Price\nocean.com,3\n',
    "a bare list": "ocean.com\n",
    "a list with a price": "ocean.com,$ 3\n",
}


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
def test_the_domains_of_an_export_are_found(text):
    domains, _, rows = read(text)
    assert domains == ["ocean.com"], [row.why for row in rows]


def test_what_stands_above_the_headings_is_skipped_and_said():
    _, notices, rows = read("My portfolio\n\nas of,2026\ndomain,name\nocean.com,Ocean\n")
    assert notices == ("Skipped 2 lines above the headings: My portfolio · as of, 2026.",)
    assert [row.line for row in rows] == [5]


def test_columns_that_are_not_used_are_said_and_those_of_a_wide_file_are_counted():
    assert read("Domain,URL,Title\nocean.com,x,y\n")[1] == ("Unused columns: URL, Title.",)
    wide = ",".join(["domain", *(f"c{number}" for number in range(99))])
    assert read(f"{wide}\nocean.com\n")[1][0].endswith(", c18, c19 and 79 more.")


def test_it_is_said_which_column_was_read_when_none_is_named_domain():
    assert read("URL\nocean.com\n")[1] == ("The domains were read from the column “URL”.",)
    assert read("ocean.com,3\nsea.com,4\n")[1] == (
        "No line names the columns, so the domains were read from column 1.",
    )


def test_a_list_keeps_its_first_line_and_its_comments():
    domains, notices, rows = read("ocean.com\nsea.com\n# website\nlake.com\nnot one\n")
    assert (domains, rows[-1].line) == (["ocean.com", "sea.com", "lake.com"], 5)
    assert notices[1] == "1 line after the first begins with a #, as a comment does: not imported."


def test_two_columns_of_domains_must_name_the_same_one():
    domains, _, rows = read("Domain Name,domain_name\nocean.com,OCEAN.com\n,sea.com\nlake.com,pond.com\n")
    assert domains == ["ocean.com", "sea.com"]
    assert rows[2].why == "Two columns name different domains: lake.com and pond.com. Keep one of them."


def test_a_name_is_a_domain_only_where_domains_stand_below_it():
    with pytest.raises(BadFile, match="It is: name, city"):
        read("name,city\nOcean,Oslo\n")
    assert read("name,domain\nsea.com,ocean.com\n")[0] == ["ocean.com"]


@pytest.mark.parametrize(
    "line",
    [",".join(f"c{number}" for number in range(101)), "domain" + "," * 100, "c;" * 250_000, "domain" + "\t" * 20_000],
)
def test_a_file_has_at_most_a_hundred_columns_and_of_a_wider_line_no_heading_is_looked_at(line, monkeypatch):
    looked_at: list[str] = []
    known = header._known

    def counted(heading):
        looked_at.append(heading)
        return known(heading)

    monkeypatch.setattr(header, "_known", counted)
    with pytest.raises(BadFile, match=r"^Line 1 has more than 100 columns, the most that a file may have\. Remove"):
        read_csv(f"{line}\nocean.com\n".encode())
    assert len(looked_at) <= 4 * len(header.SEPARATORS)
    assert read("domain" + "," * 99 + "\nocean.com\n")[0] == ["ocean.com"]


@pytest.mark.parametrize("filler", ["\n", "\r", "\r\n", " \n"])
def test_many_empty_lines_are_no_rows_and_lines_are_counted_right(filler):
    domains, _, rows = read(filler * 200_000 + "domain\n" + filler * 200_000 + "ocean.com")
    assert (domains, rows[0].line) == (["ocean.com"], 400_002)


def test_lines_taken_for_comments_are_counted_where_a_row_could_be():
    file = read_csv(b"# made by hand\ndomain,name\nocean.com,\n#1domain.com,\n # and so on,\n")
    assert file.notices == ("2 lines after the first begin with a #, as a comment does: not imported.",)
    assert read_csv(b'# made by hand\ndomain,name\nocean.com,"a\n#b"\n').notices == ()


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_that_excel_puts_first_is_no_header(first):
    rows = list(read_csv(f"{first}\ndomain;name\nocean.com;Ocean\n".encode()).rows([]))
    assert [(row.line, row.domain, row.fields) for row in rows] == [(3, "ocean.com", {"name": "Ocean"})]
