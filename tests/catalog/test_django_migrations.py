"""Tables of Django's migrations, read without running them: the columns that `migrate` would leave behind."""

import textwrap
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, ForeignKey, discover

HEAD = "from django.db import migrations, models\nfrom django.conf import settings\n"
GIFT = """
migrations.CreateModel(name="Gift", fields=[
    ("id", models.AutoField(primary_key=True)), ("label", models.TextField()),
]),
"""
REMOVE = 'migrations.RemoveField("gift", "label")'
NOTHING = '"SELECT 1"'


def migration(operations: str, after: str = "", before: str = "", names: str = "") -> str:
    dependencies = f'("shop", "{after}")' if after else ""
    body = textwrap.indent(operations.strip(), " " * 8)
    return (
        f"{HEAD}{names}\nclass Migration(migrations.Migration):\n{before}"
        f"    dependencies = [{dependencies}]\n    operations = [\n{body}\n    ]\n"
    )


def project(root: Path, files: dict[str, str]) -> Catalog:
    for name, text in {"manage.py": "", "shop/__init__.py": "", "shop/models.py": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return discover(root)


def after(root: Path, *operations: str) -> Catalog:
    """The catalog after migrations of these operations, one file each; the files' names are in no order."""
    files = {}
    previous = ""
    for number, steps in enumerate(operations):
        name = f"{len(operations) - number:04}_step"
        files[f"shop/migrations/{name}.py"] = migration(steps, previous)
        previous = name
    return project(root, files)


def shape(catalog: Catalog) -> dict[str, list[str]]:
    return {table.name: [column.name for column in table.columns] for table in catalog.tables}


def test_a_created_model_is_a_table_of_its_app(tmp_path: Path) -> None:
    catalog = after(tmp_path, GIFT)
    assert shape(catalog) == {"shop_gift": ["id", "label"]}
    gift = catalog.table("shop_gift")
    assert gift is not None
    assert gift.primary_key == ("id",)
    assert gift.columns[1].type == "text"
    assert gift.source == "shop/migrations/0001_step.py:7"


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ('migrations.AddField("gift", "price", models.IntegerField(null=True))', ["id", "label", "price"]),
        ('migrations.AddField(model_name="Gift", name="by", field=models.ForeignKey("auth.User", models.CASCADE))', ["id", "label", "by_id"]),
        ('migrations.RenameField(model_name="gift", old_name="label", new_name="title")', ["id", "title"]),
        ('migrations.RemoveField(model_name="gift", name="label")', ["id"]),
        ('migrations.AlterField("gift", "label", models.TextField(db_column="words"))', ["id", "words"]),
        ('migrations.AlterField("gift", "renamed_elsewhere", models.TextField())', ["id", "label"]),
        ('migrations.RunSQL("ALTER TABLE shop_gift ADD COLUMN note text", "ALTER TABLE shop_gift DROP COLUMN note")', ["id", "label", "note"]),
        ('migrations.RunSQL([("ALTER TABLE shop_gift ADD COLUMN note text", None)])', ["id", "label", "note"]),
        ('migrations.RunPython(lambda apps, editor: None)', ["id", "label"]),
        ('migrations.AddField("nobody", "x", models.TextField())', ["id", "label"]),
        (f"migrations.SeparateDatabaseAndState([migrations.RunSQL({NOTHING})], [{REMOVE}])", ["id"]),
    ],
)  # fmt: skip
def test_an_operation_changes_the_columns(tmp_path: Path, operation: str, left: list[str]) -> None:
    assert shape(after(tmp_path, GIFT, operation + ",")) == {"shop_gift": left}


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ('migrations.RenameModel("Gift", "Present")', {"shop_present": ["id", "label"]}),
        ('migrations.AlterModelTable(name="gift", table="gifts")', {"gifts": ["id", "label"]}),
        ('migrations.DeleteModel(name="Gift")', {}),
        ('migrations.RunSQL("DROP TABLE shop_gift")', {}),
        ('migrations.RunSQL(sql="CREATE VIEW labels AS SELECT label FROM shop_gift")', {"shop_gift": ["id", "label"], "labels": ["label"]}),
    ],
)  # fmt: skip
def test_an_operation_changes_the_tables(tmp_path: Path, operation: str, left: dict[str, list[str]]) -> None:
    assert shape(after(tmp_path, GIFT, operation + ",")) == left


def test_an_operation_of_the_projects_own_does_what_its_base_does(tmp_path: Path) -> None:
    own = "class Gone(migrations.DeleteModel):\n    def database_forwards(self): ..."
    files = {
        "shop/migrations/0001_a.py": migration(GIFT),
        "shop/migrations/0002_b.py": migration("Gone('gift'),", "0001_a", names=own),
    }
    assert shape(project(tmp_path, files)) == {}


def test_options_name_the_table_and_a_proxy_has_none(tmp_path: Path) -> None:
    catalog = after(
        tmp_path,
        'migrations.CreateModel("A", [("x", models.TextField())], options={"db_table": "a_table"}),\n'
        'migrations.CreateModel("B", [], options={"proxy": True}, bases=("shop.a",)),',
    )
    assert shape(catalog) == {"a_table": ["id", "x"]}


def test_relations_follow_a_renamed_model(tmp_path: Path) -> None:
    toy = """migrations.CreateModel("Toy", [
        ("code", models.CharField(max_length=9, primary_key=True)),
    ]),
    migrations.AddField("gift", "toy", models.ForeignKey(to="shop.Toy", on_delete=models.CASCADE)),
    migrations.AddField("gift", "tags", models.ManyToManyField(to="shop.toy")),"""
    catalog = after(tmp_path, GIFT, textwrap.dedent(toy), 'migrations.RenameModel("Toy", "Game"),')
    assert shape(catalog) == {
        "shop_gift": ["id", "label", "toy_id"],
        "shop_game": ["code"],
        "shop_gift_tags": ["id", "gift_id", "game_id"],
    }
    gift = catalog.table("shop_gift")
    assert gift is not None
    assert gift.foreign_keys == (ForeignKey(("toy_id",), "shop_game", ("code",)),)
    assert gift.columns[2].type == "varchar(9)"


def test_models_of_the_app_count_more_than_its_migrations(tmp_path: Path) -> None:
    models = f"{HEAD}class Gift(models.Model):\n    title = models.TextField()\n"
    stale = GIFT + 'migrations.CreateModel("Old", [("x", models.TextField())]),\n'
    view = 'migrations.RunSQL("CREATE VIEW labels AS SELECT 1 AS one"),'
    catalog = project(
        tmp_path, {"shop/models.py": models, "shop/migrations/0001_initial.py": migration(stale + view)}
    )
    assert shape(catalog) == {"shop_gift": ["id", "title"], "labels": ["one"]}


def test_a_squashed_migration_stands_for_those_that_it_replaces(tmp_path: Path) -> None:
    add = 'migrations.AddField("gift", "price", models.IntegerField()),'
    squashed = GIFT.replace("]),", '("price", models.IntegerField()), ]),')
    catalog = project(
        tmp_path,
        {
            "shop/migrations/0001_initial.py": migration(GIFT),
            "shop/migrations/0002_price.py": migration(add, "0001_initial"),
            "shop/migrations/0001_squashed.py": migration(
                squashed, before='    replaces = [("shop", "0001_initial"), ("shop", "0002_price")]\n'
            ),
            "shop/migrations/0003_more.py": migration(
                'migrations.RenameField("gift", "price", "cost"),', "0002_price"
            ),
        },
    )
    assert shape(catalog) == {"shop_gift": ["id", "label", "cost"]}


def test_a_migration_that_is_no_python_costs_a_sentence(tmp_path: Path) -> None:
    catalog = project(
        tmp_path,
        {
            "shop/migrations/0001_initial.py": migration(GIFT),
            "shop/migrations/0002_bad.py": "class Migration(migrations.Migration): operations = [ dependencies",
            "shop/migrations/0003_odd.py": migration("*others, print(), 3, migrations.CreateModel(), migrations.AddField(*x),"),
        },
    )  # fmt: skip
    assert shape(catalog) == {"shop_gift": ["id", "label"]}
    assert [note.partition(":")[0] for note in catalog.notes] == ["shop/migrations/0002_bad.py"]
