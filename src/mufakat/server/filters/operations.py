"""Deeds of the filters room: its door for everybody else."""
