"""Evaluating some gates anew and taking everything else of the gates from an earlier report of the same commit."""
