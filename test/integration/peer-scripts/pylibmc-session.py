"""A session of pylibmc against the server: pylibmc-session.py <port> text|binary, or
<port> login <user> <password>.

Prints the name of each part once all of it was as expected; a traceback and code 1 otherwise.
"""

import multiprocessing
import sys
import threading
import time

import pylibmc

PORT, MODE = sys.argv[1:3]


def connect(**options):
    behaviors = {"connect_timeout": 5000, "receive_timeout": 5000000, "tcp_nodelay": True}
    behaviors.update(options.pop("behaviors", {}))
    binary = MODE != "text"
    return pylibmc.Client(["127.0.0.1:" + PORT], binary=binary, behaviors=behaviors, **options)


def raises(error, call, *words):
    try:
        call(*words)
    except error:
        return
    raise AssertionError("no %s" % error.__name__)


def storing(client):
    assert client.get("absent") is None
    assert client.get("absent", "else") == "else"
    assert client.set("key", "value") is True
    assert client.get("key") == "value"
    assert client["key"] == "value" and "key" in client and "absent" not in client
    assert client.add("key", "other") is False
    assert client.add("new", "fresh") is True
    if MODE == "text":
        assert client.replace("nobody", "x") is False
    else:
        raises(pylibmc.NotFound, client.replace, "nobody", "x")
    assert client.replace("key", b"second") is True
    assert client.append("key", b"-after") is True
    assert client.prepend("key", b"before-") is True
    assert client.get("key") == b"before-second-after"
    assert client.delete("key") is True
    assert client.delete("key") is False
    assert client.get("key") is None


def many(client):
    values = {"many%d" % i: "value %d" % i for i in range(500)}
    assert client.set_multi(values) == []
    assert client.get_multi(list(values) + ["absent"]) == values
    assert client.get_multi(["1", "2"], key_prefix="many") == {"1": "value 1", "2": "value 2"}
    assert client.add_multi({"many1": "x", "more": "y"}) == ["many1"]
    assert client.delete_multi(list(values)) is True
    assert client.get_multi(list(values)) == {}


def kinds(client):
    """The client tells types by the flags."""
    every = bytes(range(256))
    for value in (7, -7, 2**63, 1.5, None, "ünï", every, [1, {"zwei": (2,)}], b"\r\nEND\r\n"):
        assert client.set("kind", value)
        found = client.get("kind", "missing")
        assert found == value and type(found) is type(value), found
    text = "compress me " * 10000
    assert client.set("packed", text, min_compress_len=1000) and client.get("packed") == text
    plain = connect(behaviors={"cas": True})
    assert plain.get("packed") == text


def counting(client):
    assert client.set("count", 10)
    assert client.incr("count") == 11
    assert client.incr("count", 5) == 16
    assert client.decr("count", 7) == 9
    assert client.get("count") == 9
    raises(pylibmc.NotFound, client.incr, "nobody")
    assert client.set_multi({"a": 1, "b": 2}) == []
    client.incr_multi(["a", "b"], delta=10)
    assert client.get_multi(["a", "b"]) == {"a": 11, "b": 12}
    client.set("text", "abc")
    raises(pylibmc.Error, client.incr, "text")
    assert client.get("text") == "abc"


def climb():
    own = connect(behaviors={"cas": True})
    for _ in range(50):
        while True:
            value, cas = own.gets("unique")
            if own.cas("unique", value + 1, cas):
                break


def unique(client):
    """Four processes with a loop of gets and cas lose no step."""
    with_cas = connect(behaviors={"cas": True})
    assert with_cas.set("unique", 0)
    value, cas = with_cas.gets("unique")
    assert value == 0 and with_cas.cas("unique", 1, cas) is True
    assert with_cas.cas("unique", 2, cas) is False
    assert with_cas.gets("absent") == (None, None)
    raises(pylibmc.NotFound, with_cas.cas, "absent", "x", cas)
    # Not threads: with those, pylibmc's first gets on a connection finds nothing at times.
    climbers = [multiprocessing.Process(target=climb) for _ in range(4)]
    for climber in climbers:
        climber.start()
    for climber in climbers:
        climber.join()
    assert [climber.exitcode for climber in climbers] == [0] * 4
    assert client.get("unique") == 201


def times(client):
    assert client.set_multi({"long": "y", "later": "z"}, time=100) == []
    assert client.set("until", "y", time=int(time.time()) + 100)
    assert client.set("touched", "z", time=2)
    assert client.touch("touched", 100) is True
    assert client.touch("nobody", 100) is False
    # It is gone no sooner than what was touched would have been.
    assert client.set("short", "x", time=2)
    assert client.set("past", "x", time=int(time.time()) - 100)
    assert client.get("past") is None
    deadline = time.monotonic() + 5
    while client.get("short") is not None:
        assert time.monotonic() < deadline, "two seconds lasted too long"
        time.sleep(0.05)
    found = client.get_multi(["long", "later", "until", "touched"])
    assert found == {"long": "y", "later": "z", "until": "y", "touched": "z"}, found


def sizes(client):
    every = bytes(range(256))
    for value in (b"", b"\x00", every * 16, every * 4000):
        assert client.set("sized", value)
        assert client.get("sized") == value
    raises(pylibmc.TooBig, client.set, "sized", b"x" * (2 * 1024 * 1024))
    assert client.get("sized") is None
    assert client.set("k" * 250, "longest") and client.get("k" * 250) == "longest"
    raises(ValueError, client.set, "k" * 251, "x")
    assert client.set("after", "error") and client.get("after") == "error"


def pooled(client):
    pool = pylibmc.ThreadMappedPool(client)

    def work(name):
        with pool.reserve() as own:
            for i in range(100):
                assert own.set("%s%d" % (name, i), i)
            assert own.get_multi([str(i) for i in range(100)], key_prefix=name)["99"] == 99
        pool.relinquish()
        done.append(name)

    done = []
    workers = [threading.Thread(target=work, args=("worker%d-" % i,)) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 8, done


def administration(client):
    [(_, stats)] = client.get_stats()
    assert stats["version"] == b"1.6.45" and int(stats["curr_items"]) > 0, stats
    assert client.flush_all() is True
    assert client.get("after") is None
    client.disconnect_all()
    assert client.set("again", "x")


def login(stranger):
    """SASL: who has the password is served, who has another one is not."""
    user, password = sys.argv[3:]
    raises(pylibmc.Error, stranger.set, "key", "x")
    raises(pylibmc.Error, connect(username=user, password="not " + password).set, "key", "x")
    known = connect(username=user, password=password)
    assert known.get("key") is None
    assert known.set("key", "value") is True
    assert known.get_multi(["key", "absent"]) == {"key": "value"}


ALL = (storing, many, kinds, counting, unique, times, sizes, pooled, administration)
for part in (login,) if MODE == "login" else ALL:
    part(connect())
    print(part.__name__)
