"""Words that say what a domain is about, per category; a small list that ships with the shop."""

from __future__ import annotations


def inverted(groups: dict[str, str]) -> dict[str, str]:
    """From `{"Germany": "berlin hamburg"}` to `{"berlin": "Germany", "hamburg": "Germany"}`."""
    return {word: group for group, words in groups.items() for word in words.split()}


# The longer a word, the less likely it stands in a name by chance.
CATEGORY_WORDS: dict[str, frozenset[str]] = {
    "cooking": frozenset(
        "bake baker bakery baking bbq bean beer bread breakfast brew burger butter cafe cake cheese chef chili "
        "chocolate coffee cook cookbook cookie cooking cuisine curry dessert diner dinner dish drink eat eats "
        "espresso fish flavor flavour food foodie foods garlic grill honey honeypot ingredient kitchen lunch meal "
        "meals meat menu noodle olive oven pasta pastry pepper pie pizza plate ramen recipe recipes restaurant "
        "roast salad salt sandwich sauce snack soup spice spices sushi taco taste tasty tea "
        "vegan veggie wine yummy".split()
    ),
    "tech": frozenset(
        "agent ai algorithm android api app apps automation bit bits bot bots byte bytes cache cloud code coder "
        "codes coding compile compiler compute computer cyber data database debug deploy dev developer developers "
        "devops digital docker electronics gadget gadgets git hack hacker hardware host hosting internet java "
        "javascript kernel laptop linux machine machines mobile net network networks online open php pixel program "
        "programmer programming python quantum react robot robotics rust saas script semiconductor server servers "
        "sky software source stack startup sys system systems tech technology terminal tool tools ux vr web website "
        "wifi wire".split()
    ),
    "privacy": frozenset(
        "anonymity anonymous cipher confidential consent crypt cryptography encrypt encrypted encryption firewall "
        "gdpr guard guarded hidden identity incognito keys lock locked mask password passwords phishing privacy "
        "private protect protected protection proxy safe safety secret secrets secure secured security shield "
        "shroud stealth tor tracker trackers trust untracked vault vpn whisper".split()
    ),
    "business": frozenset(
        "agency b2b boss brand branding business businesses career careers ceo client clients commerce company "
        "consult consultant consulting contract corp corporate crm deal deals enterprise entrepreneur executive "
        "firm founder founders freelance freelancer growth hire hiring hr industry job jobs lead leader leaders "
        "leadership lean logistics manage management manager market marketing marketplace meeting merchant office "
        "partner partners pitch procurement product productivity project remote sale sales sell seller store "
        "strategy supplier supply team teams trade trader vendor venture ventures wholesale work worker working "
        "workplace works".split()
    ),
    "health": frozenset(
        "ache active aid allergy anxiety balance bio body bone brain breath breathe calm cardio care clinic cure "
        "dental dentist detox diet doctor doctors energy exercise fit fitness gym heal healing health healthcare "
        "healthy heart herbal hospital hydrate immune life lung massage med medic medical medicine meditate "
        "meditation mental mind mindful muscle nurse nutrition organic patient pharma pharmacy physio pilates pill "
        "recovery relax relief run runner running salud skin sleep sleeping spa stress stretch supplement therapist "
        "therapy vital vitamin vitamins walk weight wellbeing wellness workout yoga zen".split()
    ),
    "art": frozenset(
        "acrylic animation architecture art artist artists arts brush camera canvas ceramic ceramics color colour "
        "comic comics craft crafts create creative creator creators dance design designer designs draw drawing film "
        "films font fonts gallery graphic graphics illustration illustrator ink jazz knit knitting maker makers "
        "movie movies mural museum music musician novel opera paint painter painting paper pencil photo "
        "photographer photography photos piano picture pictures poem poems poet poetry portrait pottery print "
        "prints sculpture sew sketch sketchbook song songs sound studio style tattoo theater theatre vinyl "
        "watercolor weave write writer writers writing".split()
    ),
    "education": frozenset(
        "academy algebra biology book books campus chemistry class classes classroom coach coaching college course "
        "courses curriculum degree edu education essay exam exams faculty flashcard geography grammar guide history "
        "homework kids know knowledge language languages learn learner learners learning lecture lesson lessons "
        "library literacy literature math maths mentor mentors philosophy phonics physics preschool professor quiz "
        "read reader reading scholar scholars scholarship school schools science scientist skill skills student "
        "students studies study teach teacher teachers teaching test textbook training tuition tutor tutorial "
        "tutorials tutors university vocabulary wisdom".split()
    ),
    "gaming": frozenset(
        "arcade arena avatar battle battles board boss bosses cards chess clan console controller cosplay craft "
        "dice dragon dragons duel dungeon dungeons elf esport esports fantasy fight fps gamble game gamer gamers "
        "games gaming guild hero heroes joystick knight knights league level levels loot lore mage mmo monster "
        "ninja npc orc play player players playground poker pong puzzle puzzles pvp pwn quest quests raid retro "
        "rogue rpg score sims spawn speedrun strategy stream streamer sword tournament warrior wizard xp zombie "
        "zombies".split()
    ),
    "finance": frozenset(
        "accountant accounting annuity asset assets audit bank banker banking bill billing bitcoin bond bonds "
        "bookkeeping broker brokers budget budgeting capital card cash cent coin coins cost credit crypto currency "
        "debt debts dividend dividends dollar economy equity euro exchange finance finances financial fintech forex "
        "frugal fund funding funds gold income insurance insure interest invest investing investment investor "
        "investors invoice invoices ipo ledger lend lending loan loans money mortgage mortgages pay paycheck "
        "payment payments payroll pension portfolio price profit profits rent retire retirement save saver savers "
        "saving savings share shares stock stocks tax taxes token tokens trading treasury trust wallet wealth "
        "wealthy yield".split()
    ),
    "local": frozenset(
        "alley apartment apartments barber block borough bus cab car cars cities city cleaning community condo "
        "county courier delivery district downtown electrician estate event events farm farmers festival garage "
        "garden gardens hall handyman harbor harbour hill hills home homes hotel hotels house houses housing lawn "
        "local locals mainstreet map maps moving near nearby nearme neighbor neighborhood neighbour neighbourhood "
        "paint parish park parking parks plumber plumbing property realestate realtor realty region repair repairs "
        "roof roofing salon street taxi tenant tour tours town towns travel trip urban valley vet village weather "
        "wedding weddings".split()
    ),
}

# Words that join others or fill a name, and say nothing of its subject.
PLAIN_WORDS: frozenset[str] = frozenset(
    "a about above ace all alpha always an and any apex around at atlas aurora autumn away back base bay bear "
    "beautiful being best beta better beyond big bird black blog blue bold box bright bring buddy by call camp cat "
    "center central centre chain cherry circle clear clever club cool corner craft cringe daily dark dash dawn day "
    "days death deep delta deviant direct dog dogs door dot dream dreams drift drive drop dust eagle early earth "
    "east easy echo edge elite ember epic even ever every expert express extra eye eyes fair fast feed finder fine "
    "fire first five flame flash flex flow fly for forest forever forge forum four fox free french fresh friend "
    "friends from full fun future gate genius german get getting girl girls give global go good grand gravity great "
    "greek green grove grow guys hand hands happy hawk hello help here hey hi high hive hollow hope how hub i idea "
    "ideas in index indian indie info ink inside insider into is island it italian its jar journal journey joy jump "
    "just keep kind king kit lab labs land lane leaf life light lily line lion list little live living local log "
    "logic long look loop lost love lucky luna lunar made magic main make making man many mars master mate matter "
    "max me mega men meta metro mexican mile miles mini mint mix modern moon more morning mountain move my nation "
    "native nature nerd nest never new news next night nine node north note notes nova now oak oasis ocean of off "
    "old on one only orange orbit our out over own pack page path peak people perfect pilot pine planet plus point "
    "pond power prime pro proof pulse pure purple quick quiet radar rain ranch rapid real red ridge ring rise river "
    "road rock room root rose royal rush sage sail sand scout sea season seed seek sense shadow share shark shell "
    "shine ship shop shore short side signal silver simple simply single site six sleek slow small smart snap snow "
    "social solar solid solo some soul spark spin spirit spot spring sprout square star stars start started stat "
    "stay steel step stone stop stories storm story street stripe strong summer sun sunny super sure swan sweet "
    "swift table talk team ten thai that the their then things think this three thrive tide tiger time tiny tip "
    "tips to today together top total touch tower track trail tree trees tribe true try turn tutor two under union "
    "unit united up us use vibe vibes view vision vista voice watch water wave way ways we weekly well west what "
    "when where white who whole why wide wild wind window wing winter wise with without wolf woman women wonder "
    "wood word words world wow year yellow yes you young your zap zone".split()
)

# What kind of brand a word makes of a name.
TYPE_WORDS: dict[str, frozenset[str]] = {
    "game": frozenset(
        "arcade chess dungeon dungeons fps game games gaming mmo play poker puzzle puzzles quest quests rpg".split()
    ),
    "community": frozenset(
        "circle clan club collective community crew forum friends guild hive nation social talk together tribe".split()
    ),
    "directory": frozenset(
        "compare directory find finder guide index list lists locator map maps near nearby nearme radar scout "
        "search".split()
    ),
    "blog": frozenset(
        "blog book cookbook daily diary journal kitchen log magazine news notes page reads recipe recipes review "
        "reviews stories story tips weekly words".split()
    ),
    "platform": frozenset(
        "api app apps box cloud desk exchange hosting hub kit lab labs market marketplace pay platform shop "
        "software stack store studio suite tool tools vault wallet".split()
    ),
}

# An emoji for a word, in turns; a name without any of these gets that of its category.
_PICTURED = (
    "ai 🤖 art 🎨 bake 🧁 bakery 🥐 bank 🏦 bear 🐻 beer 🍺 bike 🚲 bitcoin ₿ book 📖 books 📚 bot 🤖 "
    "brain 🧠 bread 🍞 burger 🍔 cake 🍰 camera 📷 car 🚗 cat 🐱 chess ♟️ city 🏙️ cloud ☁️ code 💻 "
    "coffee ☕ coin 🪙 coins 🪙 comic 💬 cookie 🍪 data 📊 dice 🎲 dog 🐶 dragon 🐉 farm 🌾 film 🎬 "
    "fire 🔥 fish 🐟 fit 💪 fitness 💪 forest 🌲 fox 🦊 garden 🌱 gold 🪙 guitar 🎸 gym 🏋️ health 🩺 "
    "heart ❤️ home 🏡 honey 🍯 hotel 🏨 house 🏠 key 🔑 keys 🔑 knight ⚔️ lock 🔒 love ❤️ map 🗺️ "
    "math ➗ money 💰 moon 🌙 mountain ⛰️ movie 🎬 music 🎵 ocean 🌊 paint 🖌️ park 🌳 pasta 🍝 "
    "photo 📷 pizza 🍕 plumber 🔧 poem 🪶 poetry 🪶 puzzle 🧩 quest 🗺️ rain 🌧️ river 🏞️ robot 🤖 "
    "run 🏃 runner 🏃 school 🏫 science 🔬 sea 🌊 secret 🤫 server 🖥️ shield 🛡️ sleep 😴 snow ❄️ "
    "song 🎵 star ⭐ sun ☀️ sushi 🍣 taco 🌮 tax 🧾 tea 🍵 travel 🧳 tree 🌳 vault 🔐 vegan 🥦 vpn 🕶️ "
    "wallet 👛 water 💧 wedding 💒 wine 🍷 wolf 🐺 yoga 🧘"
).split()
EMOJI: dict[str, str] = dict(zip(_PICTURED[::2], _PICTURED[1::2], strict=True))

# Places in names, and the region they mean.
PLACES: dict[str, str] = inverted(
    {
        "Asia": "asia",
        "Australia": "australia sydney",
        "Austria": "vienna",
        "Canada": "canada toronto",
        "Europe": "europe",
        "France": "paris",
        "Germany": "berlin hamburg munich",
        "India": "india",
        "Ireland": "dublin ireland",
        "Italy": "rome",
        "Japan": "japan tokyo",
        "Netherlands": "amsterdam",
        "Norway": "oslo",
        "Spain": "barcelona madrid",
        "Switzerland": "zurich",
        "United Kingdom": "london scotland",
        "United States": (
            "america austin boston brooklyn california chicago denver florida miami nyc portland seattle texas"
        ),
    }
)

KNOWN: frozenset[str] = frozenset().union(PLAIN_WORDS, PLACES, *CATEGORY_WORDS.values(), *TYPE_WORDS.values())
