from wsgiref.util import setup_testing_defaults

from dashboard.app import application


def test_the_application_answers() -> None:
    environ: dict[str, object] = {"QUERY_STRING": "cents=1200&cents=5"}
    setup_testing_defaults(environ)
    started = []
    body = b"".join(application(environ, lambda status, _headers: started.append(status)))
    assert (started, body) == (["200 OK"], b"12.05")
