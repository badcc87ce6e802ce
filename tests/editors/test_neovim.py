"""Understudy in a real Neovim: what a person sees and what is saved."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]

MESSAGES = "vim.tbl_map(function(each) return each.message end, vim.diagnostic.get(0))"


def test_what_is_marked_is_mended_and_saved(neovim: Any, project: Path) -> None:
    file = project / "query.sql"
    file.write_text("SELECT nmae FROM customers;\n")
    neovim.edit(file)
    (message,) = neovim.until(lambda: neovim.lua(MESSAGES), "a diagnostic")
    assert message == "Unknown column nmae; did you mean name?"
    neovim.keys("w:lua vim.lsp.buf.code_action({ context = { only = { 'quickfix' } }, apply = true })<CR>")
    neovim.until(lambda: "name" in neovim.lua("vim.api.nvim_get_current_line()"), "the fix")
    neovim.keys(":write<CR>")
    neovim.until(lambda: neovim.lua("not vim.bo.modified"), "the saved file")
    assert file.read_text() == "SELECT name FROM customers;\n"
    neovim.until(lambda: not neovim.lua(MESSAGES), "an end of the diagnostic")
    neovim.keys("u")
    neovim.until(lambda: "nmae" in neovim.lua("vim.api.nvim_get_current_line()"), "one step back")


def test_columns_are_offered_while_typing(neovim: Any, project: Path) -> None:
    file = project / "query.sql"
    file.write_text("SELECT * FROM customers AS c WHERE c.\n")
    neovim.edit(file)
    neovim.keys("A<C-x><C-o>")
    words = "vim.tbl_map(function(each) return each.word end, vim.fn.complete_info({'items'}).items)"
    offered = neovim.until(lambda: neovim.lua(words), "the completions")
    assert {"customer_id", "segment", "joined_on"} <= set(offered)


def test_a_rewrite_gets_its_edits_when_it_is_chosen(neovim: Any, project: Path) -> None:
    file = project / "query.py"
    file.write_text("rows = db.execute('SELECT name FROM customers WHERE country = \\'Graz\\'')  # é\n")
    neovim.edit(file)
    wanted = "filter = function(each) return each.title == 'Qualify column names' end, apply = true"
    neovim.keys(f"f,:call search('name')<CR>:lua vim.lsp.buf.code_action({{ {wanted} }})<CR>")
    neovim.until(lambda: "customers.name" in neovim.lua("vim.api.nvim_get_current_line()"), "the rewrite")
    neovim.keys(":write<CR>")
    neovim.until(lambda: neovim.lua("not vim.bo.modified"), "the saved file")
    assert file.read_text() == (
        "rows = db.execute('SELECT customers.name FROM customers WHERE customers.country = \\'Graz\\'')  # é\n"
    )


def test_teaching_shows_its_progress_and_can_be_cancelled(neovim: Any, project: Path) -> None:
    neovim.edit(project / "queries" / "wholesale.sql")
    neovim.keys(":UnderstudyTeach!<CR>")
    progress = neovim.until(lambda: neovim.lua("require('understudy').progress()"), "progress")
    assert "%" in progress
    neovim.keys(":UnderstudyCancel<CR>")
    outcome = neovim.until(lambda: neovim.lua("require('understudy').last_outcome or false"), "an outcome")
    assert outcome["status"] in ("cancelled", "done")
    neovim.until(lambda: neovim.lua("require('understudy').progress()") == "", "an end of the progress")
