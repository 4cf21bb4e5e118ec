"""What is kept between runs: results that may stand for a run (the cache), reports, and how long gates took."""
