"""Tests of voices of RVC."""
