"""What a `postgresql://` address says, read without connecting. Nothing here ever repeats a password."""

from urllib.parse import parse_qsl, unquote, urlsplit

STARTS = ("postgresql://", "postgres://")
_SECRETS = frozenset(("password", "sslpassword"))


def holds_secret(url: str) -> bool:
    """Whether the address carries a password, before the host or among its parameters."""
    try:
        parts = urlsplit(url)
        return bool(parts.password) or any(
            name.lower() in _SECRETS for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        )
    except ValueError:
        # What cannot be taken apart is not known to be harmless, and may look like `user:pass@`.
        return "@" in url or "password" in url.lower()


def shown(url: str) -> str:
    """The address as notes and tables name it: the database and its host, without the user and all parameters."""
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query))
        hosts = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "PostgreSQL"
    name = (
        unquote(parts.path.lstrip("/"))
        or given.get("dbname")
        or given.get("service")
        or "the default database"
    )
    host = unquote(hosts) or given.get("host") or "this machine"
    return f"{name} on {host}"
