"""How a run is told: one file per form. A reporter renders a ``Report``; it never changes the verdict."""
