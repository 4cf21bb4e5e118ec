"""What gaterunner tells of itself: structured logs of every change of state, and one trace per run for Sentry."""
