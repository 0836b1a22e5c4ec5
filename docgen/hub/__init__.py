"""The documentation hub: a folder with finished pages, switched as a whole.

``build`` makes the files, ``verify`` holds them against what every page must be, ``folder`` puts them on the disk and
switches to them; ``nights`` remembers how it was.
"""
