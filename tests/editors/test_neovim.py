"""Understudy in a real Neovim: what a person sees and what is saved."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.timeout(900)]

SPACE = "vim.api.nvim_get_namespaces().understudy_ghost_text"
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


def test_ghost_text_answers_a_question_and_a_key_writes_exactly_it(neovim: Any, project: Path) -> None:
    file = project / "question.sql"
    file.write_text("")
    neovim.edit(file)
    neovim.keys("i-- How many customers are there?<CR>")
    shown = neovim.until(lambda: neovim.lua("require('understudy.ghost_text').text() or false"), "ghost text")
    assert shown == "SELECT\n  COUNT(*) AS customers\nFROM customers"
    (mark,) = neovim.lua(f"vim.api.nvim_buf_get_extmarks(0, {SPACE}, 0, -1, {{ details = true }})")
    assert mark[3]["virt_text"][0][0] == "SELECT"
    assert [line[0][0] for line in mark[3]["virt_lines"]] == ["  COUNT(*) AS customers", "FROM customers"]
    neovim.keys("<C-Y>")
    taken = f"-- How many customers are there?\n{shown}\n"
    text = "table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')"
    neovim.until(lambda: neovim.lua(text) == taken.rstrip("\n"), "the answer")
    neovim.keys("<Esc>:write<CR>")
    neovim.until(lambda: neovim.lua("not vim.bo.modified"), "the saved file")
    assert file.read_text() == taken
    neovim.until(lambda: neovim.acceptances(project) == 1, "the acceptance")


def test_a_key_without_ghost_text_does_what_it_always_does(neovim: Any, project: Path) -> None:
    file = project / "question.sql"
    file.write_text("abc\n")
    neovim.edit(file)
    neovim.keys("o<C-Y>")  # copies what stands above
    neovim.until(lambda: neovim.lua("vim.api.nvim_get_current_line()") == "a", "the copied letter")
