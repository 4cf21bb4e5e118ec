"""Asking databases what they are. The only room that connects to one."""
