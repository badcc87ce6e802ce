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

from company import CAFE_KINDS, CAFE_WORDS, CAMPAIGNS, CANCEL_REASONS, COUNTRIES, EMPLOYEES, FIRST_NAMES
from company import FLAVORS, LAST_NAMES, PLANS, PRODUCERS, PRODUCTS, REGIONS, SEASON

HERE = Path(__file__).resolve().parent
DATABASE = HERE / "roastery.db"
SEED = 1871
OPENED = date(2022, 1, 1)
AS_OF = date(2025, 6, 30)


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
    for started_on, customer in sorted(starts, key=lambda start: (start[0], start[1][0])):
        if started_on > AS_OF or (customer[10] and started_on.isoformat() > customer[10]):
            continue
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
            canceled_on = min(canceled_on, day(customer[10][:10]))
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
