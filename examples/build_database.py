"""Build roastery.db, the database of Lantern Street Coffee, from a fixed seed.

    python examples/build_database.py [PATH]

Every table draws from its own random stream, so a change in one table leaves the rows of the others alone as far
as they do not depend on it. Only the standard library is used, and the same rows come out on every platform.
"""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATABASE = HERE / "roastery.db"
SEED = 1871
OPENED = date(2022, 1, 1)
AS_OF = date(2025, 6, 30)

# Demand by month: slow in summer, twice as busy before the holidays.
SEASON = {1: 0.92, 2: 0.88, 3: 0.95, 4: 0.95, 5: 0.9, 6: 0.85, 7: 0.7, 8: 0.72, 9: 0.95, 10: 1.1, 11: 1.5, 12: 1.7}

EMPLOYEES = [  # name, role, manager, hired, left
    ("Ines Navarro", "management", None, "2021-09-01", None),
    ("Tobias Falk", "management", None, "2021-09-01", None),
    ("Ruth Okafor", "management", 1, "2022-02-14", None),
    ("Desmond Achebe", "roaster", 2, "2021-10-18", None),
    ("Yuki Arai", "roaster", 4, "2022-06-07", None),
    ("Paula Brandt", "roaster", 4, "2023-01-09", "2024-08-30"),
    ("Kofi Mensah", "roaster", 4, "2024-09-02", None),
    ("Hana Kim", "sales", 3, "2022-01-10", None),
    ("Marcus Doyle", "sales", 8, "2022-08-22", "2024-03-15"),
    ("Leila Haddad", "sales", 8, "2023-05-02", None),
    ("Oscar Lindqvist", "sales", 8, "2024-03-18", None),
    ("Grace Whitfield", "support", 3, "2022-01-24", None),
    ("Samir Patel", "support", 12, "2022-10-03", None),
    ("Nora Eide", "support", 12, "2023-07-17", "2025-02-28"),
    ("Theo Marchetti", "support", 12, "2025-01-13", None),
    ("Bea Castillo", "fulfillment", 2, "2021-11-08", None),
    ("Jonah Reed", "fulfillment", 16, "2022-11-01", None),
    ("Amara Diallo", "fulfillment", 16, "2024-10-14", None),
]
PRODUCERS = [  # name, kind, country, altitude, partner since
    ("Hambela Wamena", "washing station", "Ethiopia", 2050, "2021-11-15"),
    ("Gakuyuini", "cooperative", "Kenya", 1780, "2022-01-20"),
    ("Finca El Mirador", "farm", "Colombia", 1750, "2021-11-02"),
    ("Asobagri", "cooperative", "Guatemala", 1650, "2022-03-11"),
    ("Kanzu Hills", "washing station", "Rwanda", 1900, "2022-05-30"),
    ("Fazenda Santa Lucia", "farm", "Brazil", 1100, "2021-10-25"),
    ("La Pastora", "farm", "Costa Rica", 1850, "2023-02-08"),
    ("Sol y Cafe", "cooperative", "Peru", 1700, "2022-08-19"),
    ("Takengon Highlands", "cooperative", "Indonesia", None, "2021-12-06"),
    ("Heza Hill", "washing station", "Burundi", 1960, "2023-09-14"),
    ("Finca La Esperanza", "farm", "Colombia", 1820, "2024-01-22"),
    ("Mutira Growers", "cooperative", "Kenya", None, "2025-05-12"),
]
PRODUCTS = [  # sku, name, category, roast, grams, price, launched, discontinued, popularity, producers, flavors
    ("SO-ETH", "Ethiopia Guji", "single origin", "light", 250, 1950, "2022-01-01", None, 14, [1], [1, 6, 8]),
    ("SO-KEN", "Kenya Nyeri", "single origin", "light", 250, 2150, "2022-02-01", None, 8, [2], [2, 3, 14]),
    ("SO-COL", "Colombia Huila", "single origin", "medium", 250, 1750, "2022-01-01", None, 12, [3, 11], [4, 9, 10]),
    ("SO-GUA", "Guatemala Huehuetenango", "single origin", "medium", 250, 1800, "2022-04-01", None, 7, [4], [10, 4, 11]),
    ("SO-RWA", "Rwanda Nyamasheke", "single origin", "light", 250, 1900, "2022-07-01", "2024-09-30", 5, [5], [3, 7]),
    ("SO-BRA", "Brazil Cerrado", "single origin", "dark", 250, 1550, "2022-01-01", None, 9, [6], [12, 10, 13]),
    ("SO-COS", "Costa Rica Tarrazu", "single origin", "medium", 250, 1850, "2023-03-01", None, 5, [7], [9, 5]),
    ("SO-PER", "Peru Cajamarca", "single origin", "medium", 250, 1650, "2022-10-01", None, 4, [8], [9, 13]),
    ("SO-SUM", "Sumatra Gayo", "single origin", "dark", 250, 1700, "2022-01-15", "2025-01-31", 4, [9], [15, 10]),
    ("SO-BUR", "Burundi Kayanza", "single origin", "light", 250, 2050, "2023-11-01", None, 4, [10], [2, 7, 14]),
    ("BL-LAM", "Lamplighter", "blend", "medium", 340, 1850, "2022-01-01", None, 20, [], [10, 9, 12]),
    ("BL-NIG", "Night Ferry", "blend", "dark", 340, 1750, "2022-01-01", None, 13, [], [10, 15]),
    ("BL-HAR", "Harbor Fog", "blend", "medium", 340, 1800, "2022-05-01", None, 8, [], [11, 13]),
    ("BL-FRO", "Front Porch", "blend", "light", 340, 1800, "2023-05-15", None, 6, [], [5, 9]),
    ("BL-WIN", "Winter Lantern", "blend", "dark", 340, 2000, "2022-10-15", None, 11, [], [14, 16, 10]),
    ("ES-COB", "Cobblestone Espresso", "espresso", "dark", 340, 1900, "2022-01-01", None, 12, [], [10, 12]),
    ("ES-FOU", "Foundry Espresso", "espresso", "medium", 340, 1950, "2022-09-01", None, 7, [], [4, 10, 9]),
    ("ES-VEL", "Velvet Hour Espresso", "espresso", "medium", 340, 2100, "2024-06-01", None, 6, [], [3, 11]),
    ("DE-SLO", "Slow Sunday Decaf", "decaf", "medium", 250, 1800, "2022-03-01", None, 6, [3], [9, 13]),
    ("DE-HAL", "Half Moon Half-Caf", "decaf", "medium", 340, 1750, "2023-08-01", "2024-12-31", 2, [], [13]),
    ("BL-LAM2", "Lamplighter 2 kg", "blend", "medium", 2000, 7800, "2022-03-01", None, 9, [], [10, 9, 12]),
    ("ES-COB2", "Cobblestone Espresso 2 kg", "espresso", "dark", 2000, 8200, "2022-03-01", None, 10, [], [10, 12]),
    ("EQ-DRI", "Ceramic Dripper", "equipment", None, None, 2800, "2022-01-01", None, 3, [], []),
    ("EQ-KET", "Gooseneck Kettle", "equipment", None, None, 8900, "2022-06-01", None, 1.2, [], []),
    ("EQ-GRI", "Hand Grinder", "equipment", None, None, 7400, "2022-06-01", None, 1.6, [], []),
    ("EQ-FIL", "Paper Filters 100", "equipment", None, None, 900, "2022-01-01", None, 7, [], []),
    ("EQ-SIP", "Siphon Brewer", "equipment", None, None, 12500, "2025-06-16", None, 0, [], []),
    ("ME-MUG", "Enamel Mug", "merch", None, None, 1600, "2022-01-01", None, 3, [], []),
    ("ME-TOT", "Canvas Tote", "merch", None, None, 2200, "2022-01-01", "2024-05-31", 1.5, [], []),
    ("ME-NOT", "Brewing Notebook", "merch", None, None, 1400, "2023-10-01", None, 1.3, [], []),
]
FLAVORS = [
    ("blueberry", "fruit"), ("blackcurrant", "fruit"), ("cherry", "fruit"), ("red apple", "fruit"), ("peach", "fruit"),
    ("jasmine", "floral"), ("hibiscus", "floral"), ("bergamot", "floral"), ("caramel", "sweet"),
    ("dark chocolate", "sweet"), ("honey", "sweet"), ("hazelnut", "nutty"), ("almond", "nutty"), ("clove", "spice"),
    ("cedar", "spice"), ("cinnamon", "spice"), ("cardamom", "spice"),
]
PLANS = [("Taster", 1, 1900), ("Regular", 2, 3500), ("Household", 3, 5000), ("Office", 8, 12400)]
CAMPAIGNS = [  # name, medium, starts, ends, budget, discount
    ("Opening Weeks", "email", "2022-02-01", "2022-02-28", 60000, 15),
    ("Corner Podcast Spots", "podcast", "2022-04-01", "2022-06-30", 420000, 10),
    ("Always-On Search", "search", "2022-05-01", None, 1450000, None),
    ("Summer Cold Brew", "email", "2022-07-05", "2022-07-31", 45000, None),
    ("Black Friday 2022", "email", "2022-11-21", "2022-11-29", 90000, 20),
    ("Holiday Gifts 2022", "social", "2022-12-01", "2022-12-20", 260000, None),
    ("New Year Reset", "email", "2023-01-04", "2023-01-22", 40000, 10),
    ("Meet the Growers", "social", "2023-03-10", "2023-04-20", 310000, None),
    ("Front Porch Launch", "email", "2023-05-15", "2023-06-05", 55000, 10),
    ("Back to Routine", "email", "2023-09-04", "2023-09-24", 50000, None),
    ("Morning Wire Podcast", "podcast", "2023-09-15", "2023-12-15", 680000, 10),
    ("Black Friday 2023", "email", "2023-11-20", "2023-11-28", 120000, 20),
    ("Holiday Gifts 2023", "social", "2023-12-01", "2023-12-20", 330000, None),
    ("Come Back for Coffee", "email", "2024-02-06", "2024-02-27", 65000, 15),
    ("Home Barista Month", "social", "2024-04-01", "2024-04-30", 380000, None),
    ("Velvet Hour Launch", "email", "2024-06-01", "2024-06-21", 60000, 10),
    ("Retargeting Search", "search", "2024-07-01", None, 720000, None),
    ("Harvest Notes", "email", "2024-09-09", "2024-09-30", 52000, None),
    ("Black Friday 2024", "email", "2024-11-25", "2024-12-03", 150000, 20),
    ("Holiday Gifts 2024", "social", "2024-12-01", "2024-12-20", 410000, None),
    ("Dry January", "email", "2025-01-06", "2025-01-26", 48000, None),
    ("Kitchen Radio Podcast", "podcast", "2025-02-01", "2025-04-30", 750000, 10),
    ("Spring Refer a Friend", "email", "2025-04-07", "2025-04-28", 58000, 15),
    ("Iced Coffee Season", "email", "2025-06-09", "2025-06-29", 62000, 10),
]
COUNTRIES = {"United States": 54, "Canada": 14, "United Kingdom": 10, "Germany": 8, "France": 5, "Netherlands": 3.5,
             "Australia": 3, "Japan": 1.7, "Ireland": 0.8}
REGIONS = {"United States": {"WA": 20, "OR": 13, "CA": 24, "NY": 14, "TX": 9, "IL": 7, "MA": 7, "CO": 6},
           "Canada": {"BC": 45, "ON": 32, "QC": 15, "AB": 8}}
FIRST_NAMES = """Ada Alan Alice Amir Ana Andre Anja Ben Bianca Carl Carmen Chloe Clara Daniel Dara Diego Elena Eli Emma
    Eric Esther Fatima Felix Finn Freya Gabriel Gina Hannah Hugo Ian Ida Iris Ivan Jack Jana Jasper Joan Jonas Julia
    Kai Karim Kate Lars Laura Leo Lily Lucas Luna Maia Marco Maria Mei Mila Milo Mona Nadia Nico Nina Noah Olga Omar
    Otto Petra Priya Quinn Rafael Rosa Sam Sara Sean Sofia Stella Tara Tom Uma Vera Victor Wanda Will Xavier Yara Zoe
    """.split()
LAST_NAMES = """Abbott Adler Baker Becker Bell Bennett Bergman Blake Boyd Brooks Byrne Carter Chan Chen Clarke Cohen
    Costa Cruz Dalton Dubois Evans Ferrari Fischer Fleming Foster Garcia Gill Graham Greene Hale Hansen Hayes Hoffman
    Hughes Ivanov Jensen Jones Kaplan Keller Khan Klein Kumar Lambert Laurent Lee Lopez Marsh Meyer Mills Moreau Morgan
    Murphy Novak Olsen Park Perez Price Quinn Ramos Reyes Rossi Roth Russell Santos Sato Schmidt Shaw Silva Singh Stone
    Suzuki Tanaka Taylor Torres Turner Vance Vega Wagner Walsh Weber Wong Wright Young Zimmer""".split()
CAFE_WORDS = """Acorn Alder Anchor Birch Bluebird Bramble Cedar Clover Corner Dovetail Ember Fern Gable Heron Ivy
    Juniper Kestrel Linden Maple Mill Nettle Orchard Parlor Pepper Quarry Robin Saddle Thistle Union Willow""".split()
CAFE_KINDS = ["Cafe", "Bakery", "Coffee Bar", "Hotel", "Grocery", "Coworking"]
CANCEL_REASONS = {"too much coffee": 34, "too expensive": 22, "moving": 10, "prefers another roaster": 9,
                  "shipping problems": 8, None: 17}


def stream(table: str) -> random.Random:
    return random.Random(f"{SEED} {table}")


def pick(rng: random.Random, weights: dict):
    return rng.choices(list(weights), list(weights.values()))[0]


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(rng: random.Random, when: date, open_hour: int = 6, close_hour: int = 23) -> str:
    """A moment on that day as ISO text."""
    second = rng.randint(open_hour * 3600, close_hour * 3600 - 1)
    return (datetime(when.year, when.month, when.day) + timedelta(seconds=second)).isoformat(sep=" ")


def busy_day(rng: random.Random, first: date, last: date) -> date:
    """A day of the span, more likely in a busy month."""
    while True:
        candidate = first + timedelta(days=int(rng.random() * ((last - first).days + 1)))
        if rng.random() < SEASON[candidate.month] / max(SEASON.values()):
            return candidate


def make_customers() -> list[tuple]:
    rng = stream("customers")
    span = (AS_OF - OPENED).days
    joined = sorted(OPENED + timedelta(days=int(span * rng.random() ** 0.75)) for _ in range(3000))
    cafes = [f"{word} {kind}" for word in CAFE_WORDS for kind in CAFE_KINDS]
    rows = []
    for number, joined_on in enumerate(joined, 1):
        wholesale = rng.random() < 0.034
        country = pick(rng, {"United States": 70, "Canada": 30} if wholesale else COUNTRIES)
        region = pick(rng, REGIONS[country]) if country in REGIONS else None
        if wholesale:
            name = cafes.pop(rng.randrange(len(cafes)))
            email = f"orders@{name.lower().replace(' ', '-')}.example"
        else:
            name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
            email = f"{name.lower().replace(' ', '.')}{number}@mail.example" if rng.random() > 0.04 else None
        referred_by = None
        if number > 50 and rng.random() < 0.13:  # a few enthusiasts send us far more people than the rest
            referred_by = 7 * (1 + int(number / 7 * rng.random() ** 4)) if rng.random() < 0.4 else rng.randint(1, number - 1)
            referred_by = min(referred_by, number - 1)
        source = pick(rng, {"organic": 38, "search": 21, "social": 18, "podcast": 11, None: 12})
        source = "referral" if referred_by else source
        deleted_at = None
        if rng.random() < 0.03 and (AS_OF - joined_on).days > 60:
            deleted_at = at(rng, joined_on + timedelta(days=rng.randint(30, (AS_OF - joined_on).days)))
            email = None
        rows.append((number, name, email, "wholesale" if wholesale else "retail", country, region, source, referred_by,
                     joined_on.isoformat(), int(rng.random() < 0.72), deleted_at))
    return rows


def make_subscriptions(customers: list[tuple]) -> list[tuple]:
    rng = stream("subscriptions")
    favorites = {number: p[8] for number, p in enumerate(PRODUCTS, 1) if p[4] in (250, 340) and p[0] != "BL-WIN"}
    starts = []
    for customer in customers:
        if customer[3] == "retail" and rng.random() < 0.24:
            first = day(customer[8]) + timedelta(days=int(90 * rng.random() ** 2))
            starts.append((first, customer))
            if rng.random() < 0.12:  # some come back, or give a second one away
                starts.append((first + timedelta(days=rng.randint(60, 500)), customer))
    rows = []
    for started_on, customer in sorted((s for s in starts if s[0] <= AS_OF), key=lambda s: (s[0], s[1][0])):
        plan_id = pick(rng, {1: 30, 2: 42, 3: 20, 4: 8})
        cadence = pick(rng, {14: 30, 28: 55, 42: 15})
        product_id = pick(rng, favorites) if rng.random() < 0.6 else None
        if product_id:
            launched, discontinued = PRODUCTS[product_id - 1][6:8]
            if not launched <= started_on.isoformat() <= (discontinued or "9"):
                product_id = None
        lifetime = int(45 + 420 * ((1 - rng.random()) ** -0.4 - 1))
        canceled_on = started_on + timedelta(days=min(lifetime, 1500))
        if customer[10]:
            canceled_on = max(started_on, min(canceled_on, day(customer[10][:10])))
        canceled = canceled_on <= AS_OF
        rows.append((len(rows) + 1, customer[0], plan_id, product_id, cadence, started_on.isoformat(),
                     int(not canceled and rng.random() < 0.11), canceled_on.isoformat() if canceled else None,
                     pick(rng, CANCEL_REASONS) if canceled else None))
    return rows


def order_days(customers: list[tuple], subscriptions: list[tuple]) -> list[tuple]:
    """(day, customer, channel, subscription or None) of every order, by time."""
    rng = stream("order days")
    found = []
    for subscription in subscriptions:
        when = day(subscription[5])
        # A paused subscription stopped shipping some time ago; nobody recorded when.
        last = day(subscription[7]) if subscription[7] else AS_OF - timedelta(days=90 if subscription[6] else 0)
        while when <= last:
            if rng.random() > 0.06:  # a skipped shipment
                found.append((when, subscription[1], "subscription", subscription))
            when += timedelta(days=subscription[4])
    for customer in customers:
        joined = day(customer[8])
        last = min(AS_OF, day(customer[10][:10])) if customer[10] else AS_OF
        if customer[3] == "wholesale":
            if rng.random() < 0.94:
                gap = rng.choice([10, 14, 21, 30, 45])
                when = joined + timedelta(days=rng.randint(0, 20))
                last = min(last, joined + timedelta(days=rng.randint(100, 1400)))
                while when <= last:
                    found.append((when, customer[0], "wholesale", None))
                    when += timedelta(days=max(4, int(gap * (0.6 + 0.8 * rng.random()) / SEASON[when.month] ** 0.5)))
            continue
        if rng.random() < 0.11:
            continue  # signed up, never bought from the shop
        channel = pick(rng, {"web": 70, "cafe": 17, "marketplace": 13})
        for number in range(min(45, int(rng.random() ** -0.7))):
            when = busy_day(rng, joined, last) if number else min(last, joined + timedelta(days=rng.randint(0, 6)))
            if number and rng.random() > (last - joined).days / 500:
                continue  # newcomers have had less time to come back
            found.append((when, customer[0], channel if rng.random() < 0.85 else "web", None))
    return sorted(found, key=lambda f: (f[0], f[1], f[2], f[3][0] if f[3] else 0))


def make_lots() -> list[list]:
    """Lots without their bag counts, which follow from what was sold."""
    rng = stream("lots")
    rows = []
    for number, (sku, _, _, _, grams, price, launched, discontinued, popularity, producers, _) in enumerate(PRODUCTS, 1):
        if grams is None:
            continue
        when = day(launched)
        end = day(discontinued) - timedelta(days=14) if discontinued else AS_OF
        while when <= end:
            if sku != "BL-WIN" or when.month in (10, 11, 12, 1):
                roasters = [i for i, e in enumerate(EMPLOYEES, 1)
                            if e[1] == "roaster" and e[3] <= when.isoformat() <= (e[4] or "9")]
                producer = rng.choice([p for p in producers if PRODUCERS[p - 1][4] <= when.isoformat()] or [None])
                drift = 1 + 0.06 * (when.year - 2022)  # green coffee gets dearer
                score = 80 + round(4 * (1.5 + 5 * rng.random() + (popularity > 6) * 1.5 + (producer is not None))) / 4
                rows.append([number, producer, rng.choice(roasters), when.isoformat(),
                             int(price * (0.34 + 0.08 * rng.random()) * drift), score if rng.random() < 0.8 else None])
            when += timedelta(days=rng.choice([10, 14, 17, 21] if popularity >= 6 else [21, 28, 35]))
    rows.sort(key=lambda r: (r[3], r[0]))
    return rows


def price_on(list_price: int, when: date) -> int:
    """The shelf price that day: prices went up by about eight percent on 2024-01-01."""
    return list_price if when.year >= 2024 else round(list_price / 1.08 / 25) * 25


def make_orders(placed: list[tuple], lots: list[list]) -> tuple[list[tuple], list[tuple]]:
    rng = stream("orders")
    lots_of = defaultdict(lambda: ([], []))
    for lot_id, lot in enumerate(lots, 1):
        lots_of[lot[0]][0].append(lot[3])
        lots_of[lot[0]][1].append(lot_id)

    def shelf(when: date, wholesale: bool) -> dict[int, float]:
        return {i: p[8] * (0.05 if p[4] == 2000 and not wholesale else 3 if p[4] == 2000 else 1)
                for i, p in enumerate(PRODUCTS, 1)
                if p[6] <= when.isoformat() <= (p[7] or "9") and p[8]
                and (p[0] != "BL-WIN" or when.month in (11, 12, 1)) and (not wholesale or p[4])}

    orders, lines = [], []
    for order_id, (when, customer_id, channel, subscription) in enumerate(placed, 1):
        wholesale = channel == "wholesale"
        age = (AS_OF - when).days
        status = pick(rng, {"delivered": 93, "canceled": 4, "refunded": 3})
        if status == "delivered" and age < 9 and channel != "cafe":
            status = ("placed", "packed", "shipped")[min(2, age // 2)]
        shipped = delivered = carrier = None
        if channel != "cafe" and status in ("shipped", "delivered", "refunded"):
            wait = pick(rng, {0: 18, 1: 40, 2: 22, 3: 9, 4: 5, 5: 3, 7: 2, 9: 1} if when.month != 12 else
                        {0: 8, 1: 24, 2: 24, 3: 16, 4: 12, 5: 8, 7: 5, 9: 3})
            shipped = min(AS_OF, when + timedelta(days=wait))
            carrier = pick(rng, {"USPS": 45, "UPS": 25, "DHL": 20, "FedEx": 10})
            transit = pick(rng, {2: 30, 3: 35, 4: 18, 6: 10, 9: 5, 14: 2}) + (carrier == "DHL")
            if status != "shipped" and rng.random() < 0.95:
                delivered = min(AS_OF, shipped + timedelta(days=transit))
        campaign_id = discount_pct = None
        if channel == "web" and rng.random() < 0.42:
            running = [i for i, c in enumerate(CAMPAIGNS, 1) if c[2] <= when.isoformat() <= (c[3] or "9")]
            if running:
                campaign_id = rng.choice(running)
                discount_pct = CAMPAIGNS[campaign_id - 1][5]
        rep = None
        if wholesale and rng.random() < 0.96:
            reps = [i for i, e in enumerate(EMPLOYEES, 1)
                    if e[1] == "sales" and e[3] <= when.isoformat() <= (e[4] or "9")]
            rep = reps[customer_id % len(reps)] if reps else None
        method = ("invoice" if wholesale else pick(rng, {"card": 60, "cash": 40}) if channel == "cafe"
                  else pick(rng, {"card": 76, "paypal": 24}))
        shipping = 0 if channel in ("subscription", "cafe") else rng.choice([0, 1500, 2500]) if wholesale else rng.choice(
            [0, 495, 495, 795])
        moment = at(rng, when, 8, 18) if channel == "cafe" else at(rng, when)
        orders.append((order_id, customer_id, subscription[0] if subscription else None, campaign_id, rep, channel,
                       status, method, moment, shipped and shipped.isoformat(), delivered and delivered.isoformat(),
                       carrier, shipping))

        on_sale = shelf(when, wholesale)
        if subscription:
            _, bags, plan_price = PLANS[subscription[2] - 1]
            fixed = subscription[3] if subscription[3] in on_sale else None
            kinds = 1 if fixed else min(bags, pick(rng, {1: 25, 2: 50, 3: 25}))
            coffees = {i: w for i, w in on_sale.items() if PRODUCTS[i - 1][4] in (250, 340)}
            chosen = {fixed} if fixed else set()
            while len(chosen) < kinds:
                chosen.add(pick(rng, coffees))
            basket = [(p, bags // kinds + (n < bags % kinds), plan_price // bags) for n, p in enumerate(sorted(chosen))]
        else:
            chosen = set()
            for _ in range(pick(rng, {1: 16, 2: 30, 3: 30, 4: 14, 5: 7, 6: 3} if wholesale else
                                {1: 40, 2: 29, 3: 18, 4: 9, 5: 4})):
                chosen.add(pick(rng, on_sale))
            basket = []
            for product_id in sorted(chosen):
                price = price_on(PRODUCTS[product_id - 1][5], when)
                if wholesale:
                    basket.append((product_id, rng.choice([2, 3, 4, 4, 6, 6, 8, 12, 20]), int(price * 0.7)))
                else:
                    basket.append((product_id, pick(rng, {1: 66, 2: 25, 3: 6, 4: 3}), price))
        for product_id, quantity, price in basket:
            roasted, ids = lots_of[product_id]
            newest = bisect_right(roasted, when.isoformat()) - 1
            lot_id = ids[newest] if newest >= 0 else None
            discount = quantity * price * (discount_pct or 0) // 100
            if wholesale and quantity >= 20:
                discount += quantity * price * 5 // 100
            lines.append((len(lines) + 1, order_id, product_id, lot_id, quantity, price, discount))
    return orders, lines


def finish_lots(lots: list[list], lines: list[tuple]) -> list[tuple]:
    rng = stream("bags")
    sold = defaultdict(int)
    for line in lines:
        sold[line[3]] += line[4]
    rows = []
    for lot_id, (product_id, producer_id, roaster_id, roasted_on, cost, score) in enumerate(lots, 1):
        age = (AS_OF - day(roasted_on)).days
        left = rng.randint(8, 60) if age < 35 else rng.randint(1, 25) if rng.random() < (0.5 if age < 120 else 0.03) else 0
        rows.append((lot_id, product_id, producer_id, roaster_id, roasted_on, max(12, sold[lot_id] + left),
                     left if sold[lot_id] else max(12, left), cost, score))
    return rows


def make_sends(customers: list[tuple]) -> list[tuple]:
    rng = stream("campaign sends")
    rows = []
    for campaign_id, (_, medium, starts_on, *_) in enumerate(CAMPAIGNS, 1):
        if medium != "email":
            continue
        audience = [c[0] for c in customers if c[9] and c[8] < starts_on and not (c[10] and c[10] < starts_on)]
        share = min(1.0, 560 / max(1, len(audience)))
        appeal = 0.26 + 0.2 * rng.random()
        for customer_id in audience:
            if rng.random() >= share:
                continue
            sent = day(starts_on) + timedelta(days=rng.choice([0, 0, 0, 1, 3]))
            opened = sent + timedelta(days=rng.choice([0, 0, 1, 2])) if rng.random() < appeal else None
            clicked = opened if opened and rng.random() < 0.27 else None
            rows.append((campaign_id, customer_id, at(rng, sent, 8, 10), opened and at(rng, opened, 10, 16),
                         clicked and at(rng, clicked, 16, 22)))
    return rows


def make_tickets(orders: list[tuple], customers: list[tuple], subscriptions: list[tuple]) -> list[tuple]:
    rng = stream("tickets")
    found = []
    for order in orders:
        placed = day(order[8][:10])
        late = bool(order[9]) and (day(order[9]) - placed).days > 3
        if rng.random() < (0.34 if order[6] == "refunded" else 0.3 if late else 0.06):
            topic = "late" if late and rng.random() < 0.8 else pick(
                rng, {"damaged": 30, "wrong item": 22, "billing": 18, "question": 25, "late": 5})
            found.append((placed + timedelta(days=rng.randint(2, 14)), order[1], order[0], topic))
    for subscription in subscriptions:
        if rng.random() < 0.2:
            found.append((day(subscription[5]) + timedelta(days=rng.randint(5, 120)), subscription[1], None, "subscription"))
    for customer in customers:
        if rng.random() < 0.04:
            found.append((day(customer[8]) + timedelta(days=rng.randint(0, 60)), customer[0], None, "question"))
    rows = []
    for opened_on, customer_id, order_id, topic in sorted(
            (f for f in found if f[0] <= AS_OF), key=lambda f: (f[0], f[1], f[2] or 0)):
        staff = [i for i, e in enumerate(EMPLOYEES, 1)
                 if e[1] == "support" and e[3] <= opened_on.isoformat() <= (e[4] or "9")]
        priority = pick(rng, {1: 25, 2: 60, 3: 15} if topic in ("late", "damaged", "billing") else {1: 4, 2: 56, 3: 40})
        opened = datetime.fromisoformat(at(rng, opened_on, 7, 22))
        hours = rng.random() ** 2 * {1: 30, 2: 90, 3: 200}[priority] + 0.4
        closed = opened + timedelta(seconds=int(hours * 3600))
        waiting = closed.date() >= AS_OF or rng.random() < 0.015
        employee = rng.choice(staff) if staff and not (waiting and rng.random() < 0.5) else None
        rating = None
        if not waiting and rng.random() < 0.45:
            rating = pick(rng, {5: 55, 4: 25, 3: 9, 2: 5, 1: 6} if hours < 40 else {5: 25, 4: 27, 3: 20, 2: 13, 1: 15})
        rows.append((len(rows) + 1, customer_id, order_id, employee, topic, priority, opened.isoformat(sep=" "),
                     None if waiting else closed.isoformat(sep=" "), rating))
    return rows


def make_rows() -> dict[str, list[tuple]]:
    """The rows of every table, parents before children."""
    customers = make_customers()
    subscriptions = make_subscriptions(customers)
    lots = make_lots()
    orders, lines = make_orders(order_days(customers, subscriptions), lots)
    return {
        "employees": [(i, *row) for i, row in enumerate(EMPLOYEES, 1)],
        "producers": [(i, *row) for i, row in enumerate(PRODUCERS, 1)],
        "products": [(i, *row[:8]) for i, row in enumerate(PRODUCTS, 1)],
        "flavor_notes": [(i, *row) for i, row in enumerate(FLAVORS, 1)],
        "product_flavors": [(i, flavor) for i, row in enumerate(PRODUCTS, 1) for flavor in sorted(row[10])],
        "lots": finish_lots(lots, lines),
        "customers": customers,
        "plans": [(i, *row) for i, row in enumerate(PLANS, 1)],
        "subscriptions": subscriptions,
        "campaigns": [(i, *row) for i, row in enumerate(CAMPAIGNS, 1)],
        "campaign_sends": make_sends(customers),
        "orders": orders,
        "order_lines": lines,
        "tickets": make_tickets(orders, customers, subscriptions),
    }


def model_views(folder: Path) -> list[str]:
    """CREATE VIEW statements of the dbt models, each after the models it refers to."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    reference = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
    statements: dict[str, str] = {}
    while len(statements) < len(sources):
        for name, text in sources.items():
            if name not in statements and set(reference.findall(text)) <= set(statements):
                body = re.sub(r"\{\{\s*config\(.*?\)\s*\}\}", "", text, flags=re.DOTALL)
                body = re.sub(r"\{\{\s*source\('\w+',\s*'(\w+)'\)\s*\}\}", r"\1", reference.sub(r"\1", body))
                statements[name] = f"CREATE VIEW {name} AS\n{body.strip()}"
                break
        else:
            raise ValueError(f"models refer to a missing model or to each other: {set(sources) - set(statements)}")
    return list(statements.values())


def build(path: Path = DATABASE) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript((HERE / "schema.sql").read_text(encoding="utf-8"))
    connection.execute("PRAGMA foreign_keys = OFF")  # customers refer to each other; checked as a whole below
    with connection:
        for table, rows in make_rows().items():
            holes = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({holes})", rows)
        for statement in model_views(HERE / "models"):
            connection.execute(statement)
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise ValueError(f"rows that refer to nothing: {broken[:5]}")
    connection.execute("VACUUM")
    connection.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else DATABASE)
