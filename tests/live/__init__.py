"""Drives a real Home Assistant, its cameras and its household, on the real clock or on a faster one."""
