"""The life of the city in which nothing is planted: one file a subject, each with ``add(city, rng)``.

The order in which they run is the order in which one needs the other: units, people, firms; then the plants, so that
planted parties live everyday life too; then projects, procurement, decisions, public money, everyday money, the office.
"""
