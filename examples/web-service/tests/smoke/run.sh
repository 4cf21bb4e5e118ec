# Starts the service as it is deployed, and uses it once from outside.
set -eu
python -m guestbook &
service=$!
trap 'kill $service' EXIT
python - <<'PYTHON'
import json
import time
import urllib.request

URL = "http://127.0.0.1:8000/entries"
for _ in range(100):
    try:
        urllib.request.urlopen(URL).close()
        break
    except OSError:
        time.sleep(0.1)
entry = {"author": "Smoke", "said": "works"}
urllib.request.urlopen(urllib.request.Request(URL, json.dumps(entry).encode(), method="POST")).close()
with urllib.request.urlopen(URL) as answer:
    assert json.load(answer) == [entry]
print("served one entry")
PYTHON
