"""What a change does to the rules that it is judged by: one file per kind of guarded file. Pure: no IO of its own."""
