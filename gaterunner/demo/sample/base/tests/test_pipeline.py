import unittest
from datetime import timedelta

from dashboard.pipeline import is_stale


class Pipeline(unittest.TestCase):
    def test_analysis_is_stale_after_a_quarter_of_an_hour(self):
        self.assertTrue(is_stale("analyzing", timedelta(minutes=16)))

    def test_analysis_within_the_sla_is_not_stale(self):
        self.assertFalse(is_stale("analyzing", timedelta(minutes=14)))

    def test_other_states_never_get_stale(self):
        self.assertFalse(is_stale("queued", timedelta(hours=3)))
