"""Tests of the scripted service; they mirror `voiceshift.testing`."""
