"""Tests of the separators."""
