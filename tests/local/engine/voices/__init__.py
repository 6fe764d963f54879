"""Tests of the voices to sing in."""
