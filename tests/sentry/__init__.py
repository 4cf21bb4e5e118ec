"""Gates that ask Sentry, and the client they ask with."""
