"""Which songs and voices there are.

::

    songs       titles and files of a folder
    voices      voices by name: the demo's, a folder's, and those a user added
    titles      how titles and names are compared and shown
    web_song    songs by their URL
    downloader  what fetches them, in a process of its own
    ssrf_guard  which network addresses it may reach
"""
