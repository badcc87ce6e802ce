"""Project files to examples."""

from understudy_server.mining.mine import mine
from understudy_server.mining.mined import Lines, Mined, Skipped

__all__ = ["Lines", "Mined", "Skipped", "mine"]
