"""Lantern Street Coffee before its first customer: people, products, campaigns, and what customers are like."""

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
