"""What a run came to, as a page for a person: one HTML file that loads nothing and runs nothing."""

from understudy_server.report.html import write_report

__all__ = ["write_report"]
