"""Voices of RVC: whether they compute what they should, and what that costs.

``python -m tests.benchmarks.rvc COMMAND``; a command is a module here::

    parity    a voice compared with what the reference made of the same inputs
    melody    whether a voice's source sings the pitch that is asked for
    seams     whether it is heard where one window goes over into the next
    cost      time and memory of a cover, made by worker processes
    cover     the same through the service, from adding the voice on
    encoder   what fewer bits do to the content encoder
    material  what all of them but the first sing: a song, and voices that nobody has trained
"""
