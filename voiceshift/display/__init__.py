"""What people look at: progress while a cover is made, and the finished cover in a notebook.

::

    progress   which display there is, and who hears of a cover's events
    terminal   a bar on a terminal, lines in a pipe
    jupyter    one line of a notebook's output
    counts     how much came, in words
    card       the player of a finished cover
    waveform   how loud a cover is, column by column
    drawing    that as a picture
"""
