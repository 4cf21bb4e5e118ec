from pathlib import Path

MARK = Path("out/warmed-up")


def test_the_cache_is_warm() -> None:
    """Flaky on purpose: it fails in a fresh checkout and passes when it is tried again."""
    warm = MARK.exists()
    MARK.parent.mkdir(exist_ok=True)
    MARK.touch()
    assert warm, "the cache was cold"
