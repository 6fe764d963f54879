"""Voices learned from recordings, which sing by the nearest sounds of their own.

In the order of the work::

    recordings       audio files to the parts in which somebody speaks or sings
    voice            the model of a voice, made of them, and its file
    vtln             spectra to those of a longer or shorter vocal tract
    matching         frames to the nearest that the voice has (kNN-VC)
    conversion       what leads from a singer to the voice, learned once for a song
    timbre           the singing with the timbre of the voice, at its own or another pitch
    octave_shift     singing moved by whole octaves, made of its own sound
    spectral_filter  gains that change from frame to frame, applied to samples
"""
