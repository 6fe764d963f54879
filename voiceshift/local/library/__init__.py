"""Which songs and voices there are.

::

    songs          songs by title or file name
    audio_files    the audio files in a folder
    voices         voices by name: listed, learned, added and removed
    titles         how names are compared, and what a cover is called
    uploaded_song  a song that a client sends
    web_song       songs by URL
    downloader     what fetches them, in a process of its own
    ssrf_guard     which network addresses that may reach
"""
