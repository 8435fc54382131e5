"""Reads registers from pixels by analysis by synthesis; knows the glyphs and the question, nothing else."""
