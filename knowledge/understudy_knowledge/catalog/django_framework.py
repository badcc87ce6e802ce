"""What models take from Django itself and from packages that many projects use, all of which lie outside of the workspace."""

_USER = (
    ("password", "varchar(128)"), ("last_login", "datetime"), ("is_superuser", "boolean"), ("username", "varchar(150)"),
    ("first_name", "varchar(150)"), ("last_name", "varchar(150)"), ("email", "varchar(254)"), ("is_staff", "boolean"),
    ("is_active", "boolean"), ("date_joined", "datetime"),
)  # fmt: skip
_TIMES = (("created", "datetime"), ("modified", "datetime"))

FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "AbstractBaseUser": _USER[:2],
    "PermissionsMixin": _USER[2:3],
    "AbstractUser": _USER,
    "AbstractBaseSession": (
        ("session_key", "varchar(40)"),
        ("session_data", "text"),
        ("expire_date", "datetime"),
    ),
    "MP_Node": (("path", "varchar(255)"), ("depth", "integer"), ("numchild", "integer")),
    "MPTTModel": (("lft", "integer"), ("rght", "integer"), ("tree_id", "integer"), ("level", "integer")),
    "TimeStampedModel": _TIMES,
    "SoftDeletableModel": (("is_removed", "boolean"),),
}
"""The columns of their abstract models, as (name, type)."""

_PERMITTED = (("groups", "auth.Group"), ("user_permissions", "auth.Permission"))
LINKS: dict[str, tuple[tuple[str, str], ...]] = {"PermissionsMixin": _PERMITTED, "AbstractUser": _PERMITTED}
"""Their many-to-many relations, as (name, model)."""

TABLES = {
    "User": "auth_user",
    "Group": "auth_group",
    "Permission": "auth_permission",
    "ContentType": "django_content_type",
    "Site": "django_site",
    "Session": "django_session",
}
"""The tables of their models."""
