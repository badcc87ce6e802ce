"""What runs inside the process that may not be trusted any more: standard library only, until a job asks for more.

It is started by path with `python -I -S`, imports nothing of the rest of the package, and is told everything it needs.
"""
