"""Tests of voiceshift; they mirror the package."""
