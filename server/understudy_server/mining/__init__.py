"""Project files to examples."""

from understudy_server.mining.mine import mine
from understudy_server.mining.mined import Mined, Skipped

__all__ = ["Mined", "Skipped", "mine"]
