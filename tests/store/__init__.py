"""Tests of the account's file, without Home Assistant."""
