"""Starts examples/serve on a free port and asks it things: serve.py SERVE MODEL ITEMS FOLDER

MODEL is a file that `movielens --save` wrote on the synthetic data. Ends with 0 if every answer is right."""

import http.client
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import urllib.parse

serve, saved, items, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
model = os.path.join(folder, "model.safetensors")
failed = []


def check(what, holds):
    if not holds:
        failed.append(what)
        print("failed:", what, flush=True)


def ask(connection, path):
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.getheader("Content-Type"), response.read()


def ask_json(connection, path):
    status, kind, body = ask(connection, path)
    check(f"{path} is JSON", kind == "application/json")
    return status, json.loads(body.decode("utf-8"))


def replace(data):
    with open(model + ".new", "wb") as out:
        out.write(data)
    os.replace(model + ".new", model)


def tensor(data, name):
    """Where the bytes of a tensor are."""
    (length,) = struct.unpack("<Q", data[:8])
    begin, end = json.loads(data[8 : 8 + length])[name]["data_offsets"]
    return 8 + length + begin, 8 + length + end


def negated(data):
    """The model with its items' factors and biases negated, so that lists are others."""
    data = bytearray(data)
    for name in ("item_embed.weight", "item_bias.weight"):
        begin, end = tensor(data, name)
        for at in range(begin + 3, end, 4):  # the byte of a float's sign
            data[at] ^= 0x80
    return bytes(data)


def wait_for(connection, holds):
    for _ in range(3000):
        health = ask_json(connection, "/health")[1]
        if holds(health):
            return health
        threading.Event().wait(0.01)
    check("the server notices a new file", False)
    return health


with open(saved, "rb") as file:
    first = file.read()
second = negated(first)
replace(first)

# A model's file is whole, or not.
whole = subprocess.run([serve, "--check", model], capture_output=True, text=True)
check("--check of a whole file", whole.returncode == 0 and "is whole: " in whole.stdout)
cut = os.path.join(folder, "cut.safetensors")
with open(cut, "wb") as out:
    out.write(first[:-5])
for broken in (cut, os.path.join(folder, "absent")):
    said = subprocess.run([serve, "--check", broken], capture_output=True, text=True)
    check("--check of " + broken, said.returncode == 1 and said.stderr.startswith("serve: "))
said = subprocess.run([serve, cut, "--port", "0"], capture_output=True, text=True)
check("a server of a cut file does not start", said.returncode == 1 and cut in said.stderr)

server = subprocess.Popen(
    [serve, model, "--items", items, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
try:
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    here = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    status, health = ask_json(here, "/health")
    check("health", status == 200 and health["status"] == "ok" and health["changes"] == 0 and health["users"] > 0)
    status, kind, body = ask(here, "/")
    check("the page", status == 200 and kind.startswith("text/html") and b"<form" in body)

    status, ten = ask_json(here, "/recommend?user=34")
    scores = [item["score"] for item in ten["items"]]
    check("ten items", status == 200 and ten["user"] == "34" and len(scores) == 10)
    check("best first", scores == sorted(scores, reverse=True))
    check("titles", all(item["title"] for item in ten["items"]))
    check("k", len(ask_json(here, "/recommend?user=34&k=3")[1]["items"]) == 3)
    best = ten["items"][0]["id"]
    status, alike = ask_json(here, "/similar?item=" + best + "&k=5")
    check("similar", status == 200 and len(alike["items"]) == 5 and best not in [i["id"] for i in alike["items"]])

    for k in ("0", "-1", "1001", "abc", "3.5", "", "1e1", "99999999999999999999", " 3", '"'):
        status, said = ask_json(here, "/recommend?user=34&k=" + urllib.parse.quote(k))
        check(f"k={k!r}", status == 400 and "k must be" in said["error"])
    for path in ("/recommend", "/recommend?user=", "/recommend?k=3", "/similar", "/similar?user=34"):
        status, said = ask_json(here, path)
        check(path, status == 400 and "give the id" in said["error"])
    for unknown in (b"nobody", b'"\\', b"\x01\n\t\x7f", "émile 🦊".encode(), b"\xff\xc3(\xed\xa0\x80\xf5", b"\x00", b"x" * 5000):
        for path in ("/recommend?user=", "/similar?item="):
            status, said = ask_json(here, path + urllib.parse.quote_from_bytes(unknown))
            check(f"{path}{unknown[:20]!r}", status == 404 and "unknown" in said["error"])
    status, said = ask_json(here, "/elsewhere")
    check("another path", status == 404 and "/recommend" in said["error"])

    # Models change while others ask.
    done = threading.Event()
    counts = []

    def keep_asking():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answers = 0
        while not done.is_set():
            status, said = ask_json(connection, "/recommend?user=34&k=10")
            check("an answer while models change", status == 200 and len(said["items"]) == 10)
            answers += 1
        counts.append(answers)

    askers = [threading.Thread(target=keep_asking) for _ in range(2)]
    for asker in askers:
        asker.start()
    for change in range(1, 11):
        replace(second if change % 2 else first)
        wait_for(here, lambda health: health["changes"] >= change)
        now = ask_json(here, "/recommend?user=34")[1]
        check(f"change {change} is seen", (now["items"] == ten["items"]) == (change % 2 == 0))
    done.set()
    for asker in askers:
        asker.join()
    check("others asked", len(counts) == 2 and min(counts) > 0)

    # A file that is damaged or away leaves the old model in its place.
    replace(first[:-5])
    health = wait_for(here, lambda health: health["refused"])
    check("a damaged file is refused", health["changes"] == 10 and "model.safetensors" in health["refused"])
    check("and the old model answers", ask_json(here, "/recommend?user=34")[1] == ten)
    os.remove(model)
    check("also where there is no file", ask_json(here, "/recommend?user=34")[1] == ten)
    replace(first)
    check("until there is a whole one", wait_for(here, lambda health: not health["refused"])["changes"] == 11)

    server.send_signal(signal.SIGTERM)
    check("it ends when it is told to", server.wait(60) == 0)
finally:
    server.kill()
    server.wait()

print("failed" if failed else f"all is well, {sum(counts)} answers while models changed")
sys.exit(1 if failed else 0)
