"""How many of what, in words that agree."""


def counted(number: int, one: str, more: str = "") -> str:
    """`1 case`, `2 cases`; `more` where the plural is not made by an s."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
