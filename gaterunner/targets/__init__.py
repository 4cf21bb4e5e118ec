"""Which databases would be reached: by a connection string, an environment, a settings file. Pure: no IO."""
