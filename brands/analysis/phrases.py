"""The sentences of the rules: what a brand of each category and type could say of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """`goal` finishes “helps them …”; `first_step` is an order; `taglines` take {name}."""

    emoji: str
    industry: str
    audience: str
    goal: str
    first_step: str
    brand_type: str
    taglines: tuple[str, str, str]


CATEGORY_PHRASES: dict[str, Phrases] = {
    "cooking": Phrases(
        "🍳",
        "Food and drink",
        "Home cooks who want dependable recipes and honest advice",
        "cook better meals with less effort",
        "Publish ten recipes that were each cooked twice, with a photograph of every step",
        "blog",
        ("{name}: worth cooking twice", "Good food, made simple", "{name}, fresh from our kitchen"),
    ),
    "tech": Phrases(
        "💻",
        "Software and technology",
        "Developers and small teams who choose their own tools",
        "build and run software with fewer surprises",
        "Offer one small tool that works without signing up, with documentation that opens with an example",
        "platform",
        ("{name}: tools that stay out of the way", "Built to be built upon", "{name}, made for people who make things"),
    ),
    "privacy": Phrases(
        "🔒",
        "Privacy and security",
        "People and small organisations who want to decide who sees their data",
        "keep what is theirs to themselves",
        "Publish a plain guide to the ten settings that matter most, and collect no data while doing so",
        "platform",
        ("{name}: yours stays yours", "Nobody's business but your own", "{name}, quiet by design"),
    ),
    "business": Phrases(
        "💼",
        "Business services",
        "Owners of small businesses and freelancers",
        "spend less time on administration and more on their work",
        "Describe one service with its price, and show three customers it was done for",
        "platform",
        ("{name}: less paperwork, more work", "Business, plainly done", "{name}, good to do business with"),
    ),
    "health": Phrases(
        "🌿",
        "Health and wellbeing",
        "Adults who want to feel better and distrust miracle cures",
        "look after themselves by habits that last",
        "Publish a short programme for four weeks, with the sources of every claim in it",
        "community",
        ("{name}: feel better, one day at a time", "Small habits that last", "{name}, good for you"),
    ),
    "art": Phrases(
        "🎨",
        "Arts and design",
        "People who make things, and people who love to look at them",
        "show, find and understand good work",
        "Show the work of five makers, each with the story of how one piece came about",
        "community",
        ("{name}: made by hand and eye", "See it, make it, share it", "{name}, where work is shown"),
    ),
    "education": Phrases(
        "📚",
        "Education",
        "Learners who study by themselves, and those who teach them",
        "understand things for good instead of cramming them",
        "Publish one complete course of five short lessons, each ending in an exercise with its answer",
        "platform",
        ("{name}: understand it for good", "Learn it once, keep it", "{name}, one lesson at a time"),
    ),
    "gaming": Phrases(
        "🎮",
        "Games",
        "Players who like to talk about games as much as to play them",
        "find good games and good company",
        "Open with one game night a week and a page on which its results stay",
        "game",
        ("{name}: one more round", "Press start together", "{name}, where players meet"),
    ),
    "finance": Phrases(
        "💰",
        "Finance",
        "People who want to understand their own money",
        "decide about money calmly and know why",
        "Offer one calculator that shows its working, and say plainly what earns you money",
        "platform",
        ("{name}: money, in plain words", "Know where it goes", "{name}, calm about money"),
    ),
    "local": Phrases(
        "📍",
        "Local services",
        "People who live nearby, and those who are new to the place",
        "find good people and places around the corner",
        "List the thirty places that people ask for most, with opening hours that somebody has checked",
        "directory",
        ("{name}: good things nearby", "Around the corner, and worth it", "{name}, known by the neighbours"),
    ),
}

# For a category that staff have added.
OTHER_PHRASES = Phrases(
    "✨",
    "",
    "People who care about {topic}",
    "find what is worth knowing about {topic}",
    "Publish ten pages that answer what people really ask about {topic}",
    "blog",
    ("{name}: all about {topic}", "{topic}, and nothing else", "{name}, for the love of {topic}"),
)

# For a name that says nothing of its subject: honest about it, so that nobody takes a guess for a finding.
OPEN_PHRASES = Phrases(
    "✨",
    "General interest",
    "People whom you know well enough to ask what they need",
    "do one thing more easily than before",
    "Decide whom it is for and what it does for them, and say so in one sentence on the first page",
    "platform",
    ("{name}: a name to grow into", "Simply {name}", "{name}, and nothing in the way"),
)

TYPE_NOUNS: dict[str, str] = {
    "blog": "a blog",
    "game": "a game",
    "community": "a community",
    "platform": "a platform",
    "directory": "a directory",
}

# What to do next, by what stands most in the way.
NEXT_STEPS: dict[str, str] = {
    "lookalike": "Then move to a name in one script before spending anything on it, because this one looks forged",
    "idn": "Then register a spelling with the letters a to z as well, and let it lead here",
    "hyphen": "Then try to get the spelling without hyphens as well, and let it lead here",
    "digit": "Then register the spelling with the number as a word as well, and let it lead here",
    "long": "Then choose a short form of the name for logos and addresses, and use it everywhere",
    "suffix": "Then see whether the .com can be had, because visitors will try it first",
    "": "Then ask the first hundred visitors what they came for, and make more of that",
}
