"""What any program needs, and nothing that knows what a cover is.

::

    deadline         time limits: totals on the monotonic clock
    monotonic_clock  that clock, also in tests that stop time
    retry            what may succeed next time, and how long to wait before it
    open_files       whether files and connections can be opened
    sockets          connections ended at once
    validators       what users give, and what is wrong with it
    files            paths that users give, and names that any system takes
    dotenv_file      the file `.env`
    part_file        files that are complete or not there
    forks            open files that a forked child leaves to its parent
    file_lock        one process at a time
    process          child processes, and what they get of the environment
    service_url      the URL of the service, without showing a token in it
    proxy_url        the URL of a proxy, without showing its password
    text             words for people
    logs             logging that stops nothing
    typing_backports names of typing that Python 3.10 lacks
    tracebacks       errors that hold no local variables
    signatures       options listed by name
    audio_format     what kind of audio file some bytes are
"""
