"""Tests of the embedded service; they mirror `voiceshift.local`."""
