"""Understudy in a real Emacs through Eglot: what a person sees and what is saved."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.timeout(900)]

MESSAGES = "(mapcar #'flymake-diagnostic-text (flymake-diagnostics))"


def test_what_is_marked_is_mended_and_saved(emacs: Any, project: Path) -> None:
    file = project / "query.sql"
    file.write_text("SELECT nmae FROM customers;\n")
    emacs.edit(file)
    (message,) = emacs.until(lambda: emacs.lisp(MESSAGES), "a diagnostic")
    assert "Unknown column nmae; did you mean name?" in message
    emacs.lisp(
        '(goto-char (point-min)) (search-forward "nmae") (call-interactively #\'eglot-code-action-quickfix) t'
    )
    emacs.lisp("(save-buffer) t")
    assert file.read_text() == "SELECT name FROM customers;\n"
    emacs.until(lambda: emacs.lisp(MESSAGES) is None, "an end of the diagnostic")
    assert "nmae" in emacs.lisp("(undo-boundary) (setq last-command 'ignore) (undo) (buffer-string)")


def test_columns_are_offered_while_typing(emacs: Any, project: Path) -> None:
    file = project / "query.sql"
    file.write_text("SELECT * FROM customers AS c WHERE c.seg\n")
    emacs.edit(file)
    assert "c.segment" in emacs.lisp(
        "(goto-char (point-min)) (end-of-line) (completion-at-point) (buffer-string)"
    )


def test_a_rewrite_gets_its_edits_when_it_is_chosen(emacs: Any, project: Path) -> None:
    file = project / "query.py"
    file.write_text("rows = db.execute('SELECT name FROM customers WHERE country = \\'Graz\\'')  # é\n")
    emacs.edit(file)
    emacs.lisp(
        '(goto-char (point-min)) (search-forward "name") '
        '(cl-letf ((last-nonmenu-event ?a) ((symbol-function \'completing-read) (lambda (&rest _) "Qualify column names"))) '
        "(call-interactively #'eglot-code-actions)) t"
    )
    emacs.until(lambda: "customers.name" in emacs.lisp("(buffer-string)"), "the rewrite")
    emacs.lisp("(save-buffer) t")
    assert file.read_text() == (
        "rows = db.execute('SELECT customers.name FROM customers WHERE customers.country = \\'Graz\\'')  # é\n"
    )


def test_teaching_shows_its_progress_and_can_be_cancelled(emacs: Any, project: Path) -> None:
    emacs.edit(project / "queries" / "wholesale.sql")
    emacs.lisp("(understudy-teach t) t")
    shown = "(substring-no-properties (format-mode-line (eglot--mode-line-format)))"
    emacs.until(lambda: "%" in emacs.lisp(shown), "progress")
    emacs.lisp("(understudy-cancel) t")
    outcome = emacs.until(lambda: emacs.lisp("(plist-get understudy-last-outcome :status)"), "an outcome")
    assert outcome in ("cancelled", "done")
    emacs.until(lambda: "%" not in emacs.lisp(shown), "an end of the progress")


def test_ghost_text_answers_a_question_and_tab_writes_exactly_it(emacs: Any, project: Path) -> None:
    file = project / "question.sql"
    file.write_text("")
    emacs.edit(file)
    emacs.lisp('(understudy-ghost-text-mode 1) (insert "-- How many customers are there?\\n") t')
    shown = emacs.until(
        lambda: emacs.lisp(
            "(and understudy--ghost (substring-no-properties (overlay-get understudy--ghost 'after-string)))"
        ),
        "ghost text",
    )
    assert shown == "SELECT\n  COUNT(*) AS customers\nFROM customers"
    # TAB is ours only while something is shown.
    assert emacs.lisp('(eq (key-binding (kbd "TAB")) #\'understudy-accept)')
    emacs.lisp('(call-interactively (key-binding (kbd "TAB"))) t')
    assert not emacs.lisp('(eq (key-binding (kbd "TAB")) #\'understudy-accept)')
    emacs.lisp("(setq require-final-newline nil mode-require-final-newline nil) (save-buffer) t")
    assert file.read_text() == f"-- How many customers are there?\n{shown}"
    emacs.until(lambda: emacs.acceptances(project) == 1, "the acceptance")
