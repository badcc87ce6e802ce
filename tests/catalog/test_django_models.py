"""Tables of Django models, read without importing them: the names and types that Django itself would give."""

import textwrap
from pathlib import Path

from understudy_knowledge.catalog import Catalog, ForeignKey, Table
from understudy_knowledge.catalog.django_models import django_models
from understudy_knowledge.catalog.tree import walk


def read(root: Path, files: dict[str, str]) -> Catalog:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text), "utf-8")
    (source,) = django_models(walk(root))
    return source.read(Catalog)


def table(catalog: Catalog, name: str) -> Table:
    found = catalog.table(name)
    assert found is not None
    return found


SHOP = {
    "project/settings.py": "AUTH_USER_MODEL = 'people.Person'\n",
    "shop/models.py": """
    from django.conf import settings
    from django.db import models
    from django.utils.translation import gettext_lazy as _
    from common.models import Stamped

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done"

    class Product(Stamped):
        '''What is sold.'''
        sku = models.SlugField(primary_key=True)
        title = models.CharField(max_length=80, help_text=_("As printed."))
        price = models.DecimalField(max_digits=8, decimal_places=2, null=True, db_column="cents")
        tags = models.ManyToManyField("Tag", blank=True)
        likes = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Like")

    class Tag(models.Model):
        parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
        related = models.ManyToManyField("self")
        class Meta:
            db_table = "labels"

    class Like(models.Model):
        product = models.ForeignKey(Product, models.CASCADE)
        user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
        status = models.CharField(max_length=9, choices=Status.choices)

    class Gadget(Product):
        volts = models.IntegerField()

    class Shown(Product):
        class Meta:
            proxy = True
    """,
    "common/models.py": """
    from django.db import models
    class Stamped(models.Model):
        made_at = models.DateTimeField(auto_now_add=True)
        class Meta:
            abstract = True
    """,
    "accounts/apps.py": "from django.apps import AppConfig\nclass A(AppConfig):\n    name = 'accounts'\n    label = 'people'\n",
    "accounts/models/person.py": """
    from django.contrib.auth.models import AbstractUser
    from django.db import models
    class Person(AbstractUser):
        uuid = models.UUIDField(primary_key=True)
        first_name = None
    """,
    "shop/forms.py": "from django import forms\nclass F(forms.Form):\n    name = forms.CharField()\n",
}


def test_names_types_keys_and_comments(tmp_path: Path) -> None:
    product = table(read(tmp_path, SHOP), "shop_product")
    assert [(column.name, column.type, column.nullable) for column in product.columns] == [
        ("made_at", "datetime", False),
        ("sku", "varchar(50)", False),
        ("title", "varchar(80)", False),
        ("cents", "decimal(8, 2)", True),
    ]
    assert (product.primary_key, product.comment, product.source) == (
        ("sku",),
        "What is sold.",
        "shop/models.py:11",
    )
    assert product.columns[2].comment == "As printed."


def test_relations_make_columns_and_tables(tmp_path: Path) -> None:
    catalog = read(tmp_path, SHOP)
    like, labels = table(catalog, "shop_like"), table(catalog, "labels")
    assert [(column.name, column.type) for column in like.columns] == [
        ("id", "bigint"),
        ("product_id", "varchar(50)"),
        ("user_id", "uuid"),
        ("status", "varchar(9)"),
    ]
    assert like.columns[-1].samples == ("open", "done")
    assert like.foreign_keys == (
        ForeignKey(("product_id",), "shop_product", ()),
        ForeignKey(("user_id",), "people_person", ()),
    )
    assert labels.foreign_keys == (ForeignKey(("parent_id",), "labels", ()),)
    assert [column.name for column in table(catalog, "shop_product_tags").columns] == [
        "id",
        "product_id",
        "tag_id",
    ]
    assert [column.name for column in table(catalog, "labels_related").columns] == [
        "id",
        "from_tag_id",
        "to_tag_id",
    ]


def test_inheritance_labels_and_what_the_framework_adds(tmp_path: Path) -> None:
    catalog = read(tmp_path, SHOP)
    gadget, person = table(catalog, "shop_gadget"), table(catalog, "people_person")
    assert [(column.name, column.primary_key) for column in gadget.columns] == [
        ("product_ptr_id", True),
        ("volts", False),
    ]
    assert gadget.columns[0].type == "varchar(50)"
    names = [column.name for column in person.columns]
    assert {"password", "username", "uuid"} <= set(names)
    assert "first_name" not in names
    assert sorted(found.name for found in catalog.tables) == [
        "labels",
        "labels_related",
        "people_person",
        "people_person_groups",
        "people_person_user_permissions",
        "shop_gadget",
        "shop_like",
        "shop_product",
        "shop_product_tags",
    ]


def test_a_project_without_models_has_no_such_source(tmp_path: Path) -> None:
    (tmp_path / "analysis.py").write_text("import pandas", "utf-8")
    assert list(django_models(walk(tmp_path))) == []


def test_a_user_of_the_projects_own_has_the_links_of_djangos(tmp_path: Path) -> None:
    catalog = read(tmp_path, SHOP)
    assert [column.name for column in table(catalog, "people_person_groups").columns] == [
        "id",
        "person_id",
        "group_id",
    ]
    assert table(catalog, "people_person_user_permissions").column("permission_id") is not None


def test_the_folder_with_the_migrations_is_the_app_of_models_further_in(tmp_path: Path) -> None:
    files = {
        "manage.py": "",
        "stores/migrations/__init__.py": "",
        "stores/azure/models.py": "from django.db import models\nclass Blob(models.Model):\n    key = models.TextField()\n",
    }
    assert [found.name for found in read(tmp_path, files).tables] == ["stores_blob"]
