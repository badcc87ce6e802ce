"""Fails when a test of a JUnit file was skipped, unless its reason is one that this kind of machine cannot help.

Usage: no_skips.py FILE
"""

import sys
import xml.etree.ElementTree as ElementTree

ALLOWED = (
    # The superuser, who runs this in a container, is stopped by no permission.
    "this user may write into read-only folders",
    # An interpreter in root's home, as CI's own may be, is out of everyone else's reach.
    "a user without rights cannot run this interpreter",
    # One more layer, on which nothing relies; a container may not let it make namespaces.
    "bubblewrap may make no namespace here",
    "needs faiss-gpu and a GPU",
)


def main(path: str) -> int:
    """The exit status: 1 when something was skipped that should have run, or nothing ran at all."""
    ran, unexpected = 0, []
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote the file a moment ago
        skipped = case.find("skipped")
        if skipped is None or skipped.get("type") == "pytest.xfail":
            ran += 1
        elif skipped.get("message") not in ALLOWED:
            unexpected.append(
                f"skipped: {case.get('classname')}::{case.get('name')}: {skipped.get('message')}"
            )
    if not ran:
        unexpected.append(f"no test of {path} ran")
    sys.stderr.writelines(f"{line}\n" for line in unexpected)
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
