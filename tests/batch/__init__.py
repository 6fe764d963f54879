"""Tests of many covers; they mirror `voiceshift.batch`."""
