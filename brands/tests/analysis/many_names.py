"""Some two hundred names of every kind: of each category, plain, made up, with figures, hyphens and other letters."""

from brands.analysis.subject import Subject
from brands.idn import to_unicode
from brands.names import parse_domain

CATEGORIES = tuple("cooking tech privacy business health art education gaming finance local".split())
NAMES = """
howtocookathome.com tasty-thai-food.com bakerylane.com coffeecorner.co.uk veganmeals.net pizzapronto.it
sushibar.tokyo wineandcheese.fr grillmaster.com soupkitchen.org noodlehouse.de spicetrail.in breakfastclub.com
olivegrove.es github.com codeacademy.com cloudserver.io pixelbot.ai databaseguide.dev robotworks.com
linuxhost.net softwarestudio.tech openhardware.org quantumlab.io hackerspace.berlin appfactory.app
webtools.online pythonscript.dev privacyguard.io vpnhub.net safevault.com secretkeeper.org passwordlock.com
encryptedmail.ch identityshield.eu anonymousproxy.net trustseal.com whisperbox.app hireclient.com
freelancejobs.net consultinggroup.biz supplychainpartners.com marketingagency.co startupfounders.club
salesleads.us careerdeals.com projectmanager.pro businessbrand.shop 24fit.co.uk yogaflow.com mindfulbreath.org
sleepclinic.health heartcare.com runnerdiet.net skintherapy.de medicaldoctor.info massagespa.at vitaminshop.com
deviantart.com watercolorstudio.art jazzpiano.com poetrycorner.org filmfonts.net photogallery.paris
craftmakers.club writersong.com sculpturestudio.it tattooartist.us khanacademy.org mathtutor.org
chemistrylesson.com historybook.net languageschool.edu kidslearn.com sciencequiz.co.uk readingskills.org
examcoach.com teacherlibrary.ca chessclub.org dragonquestguild.gg arcadegame.com puzzlehero.games
pokerleague.net zombieraid.gg esportsarena.com wizardduel.io fantasyplayer.club retroconsole.com nerdwallet.com
smartbudget.app quickloans.xyz bitcoinledger.com taxaccountant.com.au goldbroker.ch pensionfund.nl
stockmarket.finance paymoney.money creditcards.us berlinplumber.de localfarmersmarket.com parisapartments.fr
gardenrepair.com weddinghall.ie tokyotaxi.jp villagehotel.at londontours.co.uk denverroofing.com
travelmap.online ocean.com river.org mountain.net eagle.io shadow.co ember.de sunny.fr pulse.app atlas.eu
echo.xyz oceandreams.net silverfox.com quietforest.org blueriver.de brightmorning.com wildwolf.co midnightsun.no
goldenhour.com bigbearcamp.us happytreefriends.com redcircle.io soulfra.com moonzilla.net lovezora.org
skyvanta.com starbrixo.io fireblenza.co zumbrel.com mojaro.io kalido.de velunta.org tironex.com babbel.com
flickr.com tumblr.com lyft.com hulu.com zappos.com etsy.com spotify.com skype.net kodak.com xerox.com ikea.se
zalando.de trivago.com hubilu.app novarix.eu quelno.fr phonix.ch drelbo.xyz wenkata.in oripu.co xkcdqw.com
bdfl.org hsbc.uk kpmg.com nvlpt.io wzrd.co grrl.net 1337.com 404.io 4711.de 2024.xyz 911.us 360.org
mybaby2024.shop area51.com studio54.net cars4you.com b2bworld.com web3girls.xyz top10deals.info route66.us
7eleven.com four20.co bücher.de münchen.de 日本語.com français.fr straße.de кино.com españa.es my-shop.com
e-mail.net t-online.de rent-a-car-now.com first-class-flights.co.uk one-two-three.org best-price-hotel.info
howtocookathomeforbeginners.com thequickbrownfoxjumps.net internationalbusinessmachinesgroup.com
everythingyouneedtoknowaboutdogs.org supercalifragilistic.co.uk a.co x.com qq.com ab.io fly.io bbc.co.uk
amazom.com gooogle.com gogle.net googel.de paypa1-login.com micros0ft.net face-book.com arnazon.co instagramm.de
netf1ix.io amazön.de spotfy.fm ikea-deals.info level.io noon.com rotator.net kayak.com civic.eu
""".split()


def subject(given, **more):
    """What the rules are told of a name that nobody has said anything of."""
    name = parse_domain(given)
    fields = {
        "domain": name.domain,
        "label": to_unicode(name.domain).partition(".")[0],
        "suffix": name.domain.partition(".")[2],
        "category": "",
        "said": {},
        "siblings": (),
        "is_lookalike": name.is_lookalike,
        "categories": CATEGORIES,
    }
    return Subject(**{**fields, **more})
