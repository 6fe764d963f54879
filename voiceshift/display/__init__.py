"""What people look at: progress while a cover is made, and the finished cover in a notebook.

::

    progress   what is counted while covers are made, and how it reads
    output     standard output and error, which stop nothing
    places     where that is shown: a terminal, a pipe, a notebook
    card       the facts, the waveform and the player of a finished cover
    waveform   how loud a cover is, from moment to moment
"""
