"""Tests of voices that are learned from recordings."""
