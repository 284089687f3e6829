"""What the rules may claim of a name: each form of a sentence, and how to find out by plain means if it is true.

A sentence that none of these forms fits is a phrase.
"""

import re
import tomllib
import unicodedata
from pathlib import Path

from brands.analysis import data
from brands.tests.analysis.many_names import subject

LISTS = {
    name: tomllib.loads((Path(data.__file__).parent / f"{name}.toml").read_text())
    for name in ("words", "suffixes", "phrases")
}
WORDS = {key: set(words.split()) for key, words in LISTS["words"]["categories"].items()}
PLAIN = set(LISTS["words"]["plain"].split())
TYPES = {key: set(words.split()) for key, words in LISTS["words"]["types"].items()}
PLACES = {word: region for region, words in LISTS["words"]["places"].items() for word in words.split()}
REGIONS = {word: region for region, words in LISTS["suffixes"]["regions"].items() for word in words.split()}
TOPICS = {key: set(words.split()) for key, words in LISTS["suffixes"]["topics"].items()}
ABOUT = {phrases["about"]: key for key, phrases in LISTS["phrases"]["categories"].items()}
FAMOUS = {
    word
    for line in (Path(data.__file__).parent / "famous.txt").read_text().splitlines()
    for word in line.split()
    if not line.startswith("#")
}
LISTED = set().union(PLAIN, PLACES, *WORDS.values(), *TYPES.values())
NUMBERS = "no one two three four five six seven eight nine ten".split()
SAYS = {
    "play": "game",
    "company": "community",
    "a list": "directory",
    "reading": "blog",
    "something to use": "platform",
}
Q = "“([^“”]+)”"
LIST = f"({Q}(?:(?:, | and ){Q})*)"


class Name:
    """A name and what can be looked up of it without the rules."""

    def __init__(self, domain):
        self.subject = subject(domain)
        self.label, self.suffix, self.domain = self.subject.label, self.subject.suffix, self.subject.domain
        self.joined = re.sub(r"[^\w]", "", self.label)
        self.last_suffix = self.suffix.rpartition(".")[2]

    def has(self, text):
        """Whether every quoted word of a text is in the name."""
        return all(word in self.label for word in re.findall(Q, text))

    def speaks_of(self, text, about):
        """Whether every quoted word is in the name, and in the list of that subject's category."""
        quoted = re.findall(Q, text)
        return bool(quoted) and self.has(text) and all(singular_or(word, WORDS[ABOUT[about]]) for word in quoted)

    def is_about(self, about):
        """Whether a word of the category, or the suffix, stands in the domain."""
        words = WORDS[ABOUT[about]]
        return any(word in self.label for word in words) or self.last_suffix in TOPICS.get(ABOUT[about], ())

    def can_be_said(self):
        stretches = re.findall("[a-z]+", self.label)
        return bool(stretches) and all(re.search("[aeiouy]", each) for each in stretches)


def singular_or(word, words):
    return word in words or word.removesuffix("s") in words


def ends_so(name, said, letter):
    kinds = {"on the vowel": "aeiouy", "hard, on": "bcdgkpqtx", "softly, on": "lmnrw", "with breath, on": "fhjsvz"}
    return name.label.endswith(letter) and letter in kinds[said]


def roles_are_true(name, text):
    """Each clause of “… speak of food, … is a plain word”."""
    clauses = re.findall(
        f"{LIST} (speaks? of|is a place|are places|promises?|(?:is|are) also (?:a )?words? of|"
        "is a plain word|are plain words) ?([a-z ]*)",
        text,
    )
    checks = {
        "speak": lambda words, what: all(singular_or(word, WORDS[ABOUT[what]]) for word in words),
        "is a place": lambda words, what: all(word in PLACES for word in words),
        "are places": lambda words, what: all(word in PLACES for word in words),
        "promise": lambda words, what: all(word in TYPES[SAYS[what]] for word in words),
        "is also": lambda words, what: all(any(singular_or(word, its) for its in WORDS.values()) for word in words),
        "are also": lambda words, what: all(any(singular_or(word, its) for its in WORDS.values()) for word in words),
        "is a plain": lambda words, what: all(singular_or(word, PLAIN) for word in words),
        "are plain": lambda words, what: all(singular_or(word, PLAIN) for word in words),
    }
    told = [
        check(re.findall(Q, clause[0]), clause[-1].strip())
        for clause in clauses
        for begin, check in checks.items()
        if clause[-2].startswith(begin)
    ]
    return bool(told) and len(told) == len(clauses) and all(told) and name.has(text)


def visitors_are(name, said):
    """Whom a guessed address is said to be found by."""
    if about := re.fullmatch("people who look for (.+)", said):
        return name.is_about(about[1])
    if famous := re.fullmatch(f"people who mistype {Q}", said):
        return is_like(name, famous[1])
    return name.has(said) or re.sub(r"\W", "", said.rpartition("“")[2]) in name.joined


HEARD = "ph f|ck k|qu kw|x ks|ee ea|oo u|sh sch|kn n|z s|y i|k c|c k|ai ay|f ph|v w|j g|i y"


def is_heard(label, other):
    pairs = [pair.split() for pair in HEARD.split("|")]
    return any(
        label[:at] + new + label[at + len(old) :] == other
        for old, new in pairs
        for at in range(len(label))
        if label[at:].startswith(old)
    )


def is_one_letter_away(one, other):
    shorter, longer = sorted([one, other], key=len)
    if len(shorter) == len(longer):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


DRAWN = {"o": "0", "l": "1", "i": "1", "e": "3", "a": "4", "s": "5", "b": "68", "t": "7", "g": "9"}


def reads_alike(piece, famous):
    """Whether it is written otherwise, and to be read as that name."""
    letters = "".join(each for each in unicodedata.normalize("NFD", piece) if not unicodedata.combining(each))
    forms = {"m": "(?:m|rn)", "w": "(?:w|vv)"}
    form = "-?".join(forms.get(letter, f"[{letter}{DRAWN.get(letter, '')}]") for letter in famous)
    return piece != famous and re.fullmatch(form, letters) is not None


def is_a_slip(piece, famous):
    swapped = {famous[:at] + famous[at + 1] + famous[at] + famous[at + 2 :] for at in range(len(famous) - 1)}
    return is_one_letter_away(piece, famous) or piece in swapped


def is_like(name, famous):
    """Whether the label, or a piece of it, is that well-known name, or like it."""
    pieces = {name.label, *name.label.split("-")}
    pieces |= {name.label[at : at + size] for at in range(len(name.label)) for size in range(3, len(famous) + 3)}
    return famous in FAMOUS and any(
        piece == famous or reads_alike(piece, famous) or is_a_slip(piece, famous) for piece in pieces
    )


V = "(people who [^.]+?)"
CLAIMS = [
    # taglines
    (r".+, in one word", lambda n, m: n.label in LISTED or singular_or(n.label, LISTED)),
    (r".+: where (\w+) meets (\w+)", lambda n, m: m[1] in n.label and m[2] in n.label and m[1] != m[2]),
    (r".+, with (\w+) in it", lambda n, m: m[1] in n.label and singular_or(m[1], LISTED)),
    (r".+: say ([\w-]+)", lambda n, m: m[1].replace("-", "") == n.joined),
    (r".+: ((?:[\w-], )*[\w-](?:, …)?)", lambda n, m: n.label.startswith(re.sub("[, …]", "", m[1]))),
    (r".+, in figures", lambda n, m: n.label.isdigit()),
    (r".+, under \.(\S+)", lambda n, m: m[1] == n.suffix and not n.label.isascii()),
    (r".+: (\w[\w ]*), as \.(\S+) says", lambda n, m: m[2] == n.suffix and n.last_suffix in TOPICS[ABOUT[m[1]]]),
    (r".+, which isn't (\w+)", lambda n, m: is_like(n, m[1]) and m[1] != n.label),
    # names that everybody knows
    (
        rf"{Q} is known all over the web: few have to be told how it is spelled\.",
        lambda n, m: m[1] == n.label in FAMOUS and n.suffix in ("com", "org"),
    ),
    (
        rf"{Q} is a well-known name already: whoever owns it may claim (\S+)\.",
        lambda n, m: m[1] in n.label and m[1] in FAMOUS and m[2] == n.domain,
    ),
    (rf"the well-known name {Q} in it", lambda n, m: m[1] in n.label and m[1] in FAMOUS),
    (
        rf"{Q} can be read as the well-known {Q}, with .+: mail filters take it for a forgery\.",
        lambda n, m: m[1] in n.label and m[2] in FAMOUS and reads_alike(m[1], m[2]),
    ),
    (
        rf"{Q}, which can be read as the well-known {Q}",
        lambda n, m: m[1] in n.label and m[2] in FAMOUS and reads_alike(m[1], m[2]),
    ),
    (
        rf"{Q} is one letter away from the well-known {Q}, with .+: it is taken for a slip or a forgery\.",
        lambda n, m: m[1] in n.label and m[2] in FAMOUS and is_a_slip(m[1], m[2]),
    ),
    (
        rf"{Q}, one letter away from the well-known {Q}",
        lambda n, m: m[1] in n.label and m[2] in FAMOUS and is_a_slip(m[1], m[2]),
    ),
    (
        rf"Beside {Q}, {Q} tells nothing of its own, so no category is suggested\.",
        lambda n, m: m[2] == n.label and is_like(n, m[1]),
    ),
    # strengths, risks and reasons
    (rf"{LIST} tells? at once that it is about (.+)\.", lambda n, m: n.speaks_of(m[1], m[m.lastindex])),
    (rf"saying {LIST}, which is about (.+)", lambda n, m: n.speaks_of(m[1], m[m.lastindex])),
    (r"Understood when heard: (.+)\.", lambda n, m: roles_are_true(n, m[1])),
    (r"plain words: (.+)", lambda n, m: roles_are_true(n, m[1])),
    (r"what can be read in it: (.+)", lambda n, m: roles_are_true(n, m[1])),
    (
        rf"(\d+) characters? in ([a-z ]+), as many as {Q} has(?:, {Q} (\d+) times)?",
        lambda n, m: len(n.label) == int(m[1]) == len(m[3]) and (not m[4] or n.label.count(m[4]) == int(m[5]) > 2),
    ),
    (
        rf"(\d+) characters in ([a-z ]+), (\d+) more than {Q} has(?:, {Q} (\d+) times)?",
        lambda n, m: len(n.label) == int(m[1]) == len(m[4]) + int(m[3]),
    ),
    (
        rf"Very short: (\d) characters?, (?:from {Q} to {Q}|only {Q})\.",
        lambda n, m: len(n.label) == int(m[1]) and (m[4] == n.label or (m[2], m[3]) == (n.label[0], n.label[-1])),
    ),
    (
        rf"Short: {Q}(?: ends ([a-z, ]+) {Q}, and)? leaves (\d+) of the 15 characters that a handle on X may have\.",
        lambda n, m: m[1] == n.label and len(m[1]) + int(m[4]) == 15 and (not m[2] or ends_so(n, m[2], m[3])),
    ),
    (
        rf"Long: {Q} has (\d+) characters, (\d+) more than a handle on X may have"
        r"(?: and (\d+) fewer than any name can have at most)?\.",
        lambda n, m: len(n.label) == int(m[2]) == 15 + int(m[3]) and (not m[4] or int(m[2]) + int(m[4]) == 63),
    ),
    (rf"a phrase of plain words that ends on {Q}", lambda n, m: n.label.endswith(m[1])),
    (
        rf"A phrase of ([a-z]+) words, from {Q} to {Q}(?:; {LIST} (?:is|are) soon forgotten)?\.",
        lambda n, m: n.label.startswith(m[2]) and n.label.endswith(m[3]) and n.has(m[4] or ""),
    ),
    (
        rf"about ([a-z]+) syllables? to say(?:, opening on the vowel {Q})?, ending ([a-z, ]+) {Q}",
        lambda n, m: (
            (m[1] == "many" or vowels_fit(n.joined, NUMBERS.index(m[1])))
            and (not m[2] or (n.label[0] == m[2] and m[2] in "aeiou"))
            and (m[3] == "in the figure" or ends_so(n, m[3], m[4]))
            and n.label.endswith(m[4])
        ),
    ),
    (
        rf"Hard to say: over the phone {Q} has to be spelled out, letter by letter\.",
        lambda n, m: n.label == m[1] and (not n.can_be_said() or re.search("[^aeiouy]{5}", m[1])),
    ),
    (
        rf"the name {Q}, which is hard to say",
        lambda n, m: n.label == m[1] and (not n.can_be_said() or re.search("[^aeiouy]{5}", m[1])),
    ),
    (
        rf"Digits: {Q} dates the name, and next year it is a year older\.",
        lambda n, m: m[1] in n.label and 1900 <= int(m[1]) < 2100,
    ),
    (rf"Digits: {Q} is heard as {Q} as well\.", lambda n, m: m[1] in n.label and m[2] in ("to", "for", "ate", "won")),
    (rf"Digits: who hears {Q} may type {Q}\.", lambda n, m: m[1] in n.label and m[1].isdigit() and m[2].isalpha()),
    (rf"(\d+) digits?, {Q}", lambda n, m: len(re.findall(r"\d", n.label)) == int(m[1]) and m[2] in n.label),
    (
        rf"Hyphens are forgotten when {Q} is typed from memory, which leads to (\S+)\.",
        lambda n, m: n.label == m[1] and m[2] == f"{n.joined}.{n.suffix}" != n.domain,
    ),
    (rf"(\d+) hyphens? in {Q}", lambda n, m: n.label.count("-") == int(m[1]) > 0 and m[2] == n.label),
    (
        rf"{Q} ends as {Q} begins: one {Q} gets lost\.",
        lambda n, m: m[1] + m[2] in n.label and m[1][-1] == m[2][0] == m[3],
    ),
    (
        rf"the letter {Q} meeting itself between {Q} and {Q}",
        lambda n, m: m[2] + m[3] in n.label and m[2][-1] == m[3][0] == m[1],
    ),
    (
        rf"{LIST} (?:both|all) begin with {Q}, which helps to remember\.",
        lambda n, m: n.has(m[1]) and {word[0] for word in re.findall(Q, m[1])} == {m[m.lastindex]},
    ),
    (
        rf"It can be read {Q} as well as {Q}\.",
        lambda n, m: m[1].replace(" ", "") == m[2].replace(" ", "") == n.label and m[1] != m[2],
    ),
    (
        rf"{Q} is one letter away from {Q}, which people will type\.",
        lambda n, m: m[1] == n.label and is_one_letter_away(m[1], m[2]),
    ),
    (rf"Who only hears {Q} may write {Q}\.", lambda n, m: m[1] == n.label and is_heard(m[1], m[2])),
    (rf"No list has {Q}: people ask how it is spelled\.", lambda n, m: m[1] == n.label and m[1] not in LISTED),
    (
        rf"{Q} is a plural: some will leave out the “s” and end at {Q}\.",
        lambda n, m: n.label.endswith(m[1]) and m[2] + "s" == n.label and m[1].removesuffix("s") in LISTED,
    ),
    (rf"{Q} reads the same backwards\.", lambda n, m: m[1] == n.label == n.label[::-1]),
    (
        rf"Vowels and consonants take turns in {Q}, so there is no double letter to miss\.",
        lambda n, m: m[1] == n.label and not re.search("[aeiou]{2}|[^aeiou]{2}", m[1]),
    ),
    (rf"No letter of {Q} comes twice\.", lambda n, m: m[1] == n.label and len(set(m[1])) == len(m[1])),
    (
        rf"{Q} is a row of ([a-z]+) consonants, in which one is easily missed\.",
        lambda n, m: m[1] in n.label and len(m[1]) == NUMBERS.index(m[2]) and not set(m[1]) & set("aeiouy"),
    ),
    (
        rf"letters beyond a to z, {Q}",
        lambda n, m: m[1] and not any(letter.isascii() for letter in m[1]) and set(m[1]) <= set(n.label),
    ),
    (
        rf"Some programs show it as (\S+), and not every keyboard has {Q}\.",
        lambda n, m: m[1] == n.domain and set(m[2]) <= set(n.label) and m[1].startswith("xn--"),
    ),
    (rf"[Tt]he suffix \.com is what {V} try first\.?", lambda n, m: n.suffix == "com" and visitors_are(n, m[1])),
    (
        rf"[Tt]he suffix \.(\S+) is known everywhere, also to {V}\.?",
        lambda n, m: m[1] == n.suffix and visitors_are(n, m[2]),
    ),
    (
        r"the suffix \.(\S+) is trusted in its region \((.+)\)",
        lambda n, m: m[1] == n.suffix and REGIONS[n.last_suffix] == m[2],
    ),
    (
        r"the suffix \.(\S+) is cheap to register, so some people and mail filters distrust it",
        lambda n, m: m[1] == n.suffix and n.last_suffix in LISTS["suffixes"]["cheap"].split(),
    ),
    (
        rf"{Q} is under \.(\S+), a suffix cheap to register, which some people and mail filters distrust\.",
        lambda n, m: (m[1], m[2]) == (n.label, n.suffix) and n.last_suffix in LISTS["suffixes"]["cheap"].split(),
    ),
    (
        r"the suffix \.(\S+), which speaks of ([a-z ]+?)(?: as the name does|, while the name speaks of ([a-z ]+))?",
        lambda n, m: m[1] == n.suffix and n.last_suffix in TOPICS[ABOUT[m[2]]] and (not m[3] or n.is_about(m[3])),
    ),
    (
        rf"{LIST} and \.(\S+) speak of the same: (.+)\.",
        lambda n, m: n.speaks_of(m[1], m[m.lastindex]) and n.last_suffix in TOPICS[ABOUT[m[m.lastindex]]],
    ),
    (
        rf"\.(\S+) says what {Q} doesn't: it is about (.+)\.",
        lambda n, m: (m[1], m[2]) == (n.suffix, n.label) and n.last_suffix in TOPICS[ABOUT[m[3]]],
    ),
    (
        rf"{Q} has to be said with \.(\S+) each time, because that suffix is less known\.",
        lambda n, m: (m[1], m[2]) == (n.label, n.suffix),
    ),
    (
        rf"{Q} and \.(\S+) both belong to (.+)\.",
        lambda n, m: m[1] in n.label and PLACES[m[1]] == REGIONS[n.last_suffix] == m[3],
    ),
    (
        rf"{Q} means (.+), but \.(\S+) belongs to (.+)\.",
        lambda n, m: m[1] in n.label and PLACES[m[1]] == m[2] != m[4] == REGIONS[n.last_suffix],
    ),
    (
        rf"The \.com of this name is not among your domains, and {V} try (\S+) first\.",
        lambda n, m: n.suffix != "com" and m[2] == f"{n.label}.com" and visitors_are(n, m[1]),
    ),
    (r"[+-]?\d* ?because a score ends at (\d+)", lambda n, m: m[1] in ("0", "100")),
    # what nothing speaks for
    (rf"{Q} names no trade, so no category is suggested\.", lambda n, m: n.label == m[1] and no_topic(n)),
    (rf"{Q} and {Q} name no trade, so no category is suggested\.", lambda n, m: n.has(m[0]) and no_topic(n)),
    (
        rf"{Q} is all that can be read in {Q}, and no trade, so no category is suggested\.",
        lambda n, m: m[1] in m[2] == n.label,
    ),
    (
        rf"{Q} is no word of the lists here, so no category is suggested\.",
        lambda n, m: m[1].replace("-", "") == n.joined,
    ),
    (
        r"The letters (.+) stand for nothing that can be looked up here, so no category is suggested\.",
        lambda n, m: n.label.startswith(re.sub("[, …]", "", m[1])),
    ),
    (r"(\d+) is a figure and no word, so no category is suggested\.", lambda n, m: n.label == m[1]),
    (
        rf"{Q} isn't in the English lists here, so no category is suggested\.",
        lambda n, m: n.label == m[1] and not m[1].isascii(),
    ),
]


def no_topic(name):
    return not any(name.label == word or name.label.removesuffix("s") == word for its in WORDS.values() for word in its)


def vowels_fit(label, count):
    """As many syllables as vowels that stand together, give or take what is silent or swallowed at an end."""
    groups = len(re.findall("[aeiouy]+", label))
    return abs(groups - count) <= 2 + groups // 4


def why_not(name, sentence):
    """ "" for a sentence that claims something of the name which is true; else what is wrong with it."""
    for form, is_true in CLAIMS:
        if found := re.fullmatch(form, sentence):
            return "" if is_true(name, found) else f"{name.domain}: {sentence!r} isn't true"
    return f"{name.domain}: {sentence!r} claims nothing of it"
