"""No text, table or call makes a traceback: mutated files of every kind, and the laws that must hold whatever they say.

`seeds/<kind>/` holds inputs to begin from; each is also run as it stands, so that what once went wrong stays mended.
What is too large to keep is made in `hostile.py`. `make fuzz FUZZ=20000` runs all of it on that many examples.
"""
