from dashboard import flags


def test_a_flag_is_off_by_default(monkeypatch):
    monkeypatch.delenv("DASHBOARD_WINDOWS", raising=False)
    assert flags.is_on("dashboard-windows") is False


def test_the_environment_turns_it_on(monkeypatch):
    monkeypatch.setenv("DASHBOARD_WINDOWS", "true")
    assert flags.is_on("dashboard-windows") is True
