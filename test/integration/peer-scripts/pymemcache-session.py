"""A session of pymemcache against the server: pymemcache-session.py <port> <part>.

Each part is a function that asserts; the test that starts this looks at the exit code and shows what
was written to standard error.
"""

import sys
import time

from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import (
    MemcacheClientError,
    MemcacheIllegalInputError,
    MemcacheServerError,
    MemcacheUnknownCommandError,
)

ADDRESS = ("127.0.0.1", int(sys.argv[1]))


def connect(**options):
    return Client(ADDRESS, connect_timeout=5, timeout=10, default_noreply=False, **options)


def store(client):
    assert client.get("absent") is None
    assert client.get("absent", default=b"else") == b"else"
    assert client.set("key", b"value", flags=7) is True
    assert client.get("key") == b"value"
    assert client.add("key", b"other") is False
    assert client.add("new", b"fresh") is True
    assert client.replace("key", b"replaced") is True
    assert client.replace("nobody", b"x") is False
    assert client.append("key", b"-after") is True
    assert client.prepend("key", b"before-") is True
    assert client.get("key") == b"before-replaced-after"
    assert client.append("nobody", b"x") is False
    assert client.delete("key") is True
    assert client.delete("key") is False
    assert client.get("key") is None


def many(client):
    values = {"many%d" % i: b"value %d" % i for i in range(1000)}
    assert client.set_many(values) == []
    assert client.get_many(list(values)) == values
    assert client.get_many(["many1", "absent", "many999"]) == {
        "many1": b"value 1",
        "many999": b"value 999",
    }
    assert all(cas.isdigit() for _, cas in client.gets_many(["many1", "many2"]).values())
    assert client.delete_many(list(values)) is True
    assert client.get_many(list(values)) == {}


def arithmetic(client):
    assert client.incr("count", 1) is None
    assert client.set("count", b"10")
    assert client.incr("count", 5) == 15
    assert client.decr("count", 6) == 9
    # A shorter number keeps the old length, padded with a space.
    assert client.get("count") == b"9 "
    assert client.decr("count", 100) == 0
    assert client.set("count", str(2**64 - 1).encode())
    assert client.incr("count", 1) == 0
    assert client.set("text", b"abc")
    try:
        client.incr("text", 1)
    except MemcacheClientError as error:
        assert b"non-numeric" in error.args[0], error.args
    else:
        raise AssertionError("a text was incremented")


def unique(client):
    assert client.set("unique", b"first")
    value, cas = client.gets("unique")
    assert value == b"first"
    assert client.cas("unique", b"second", cas) is True
    assert client.cas("unique", b"third", cas) is False
    assert client.cas("nobody", b"x", cas) is None
    assert client.get("unique") == b"second"


def times(client):
    assert client.set("long", b"y", expire=100)
    assert client.set("touched", b"z", expire=2)
    assert client.touch("touched", 100) is True
    assert client.touch("nobody", 100) is False
    # It is gone no sooner than what was touched would have been.
    assert client.set("short", b"x", expire=2)
    assert client.set("gone", b"x", expire=-1)
    assert client.get("gone") is None
    deadline = time.monotonic() + 5
    while client.get("short") is not None:
        assert time.monotonic() < deadline, "two seconds lasted too long"
        time.sleep(0.05)
    assert client.get("long") == b"y"
    assert client.get("touched") == b"z"


def octets(client):
    every = bytes(range(256))
    for value in (b"", b"\r\n", b"END\r\n", b"\x00" * 1000, every * 4, every[::-1] * 3000):
        assert client.set("octets", value)
        assert client.get("octets") == value
    largest = b"x" * (1024 * 1024 - 600)
    assert client.set("large", largest)
    assert client.get("large") == largest


def errors(client):
    assert client.set("too-large", b"small")
    try:
        client.set("too-large", b"x" * (2 * 1024 * 1024))
    except MemcacheServerError as error:
        assert error.args[0] == b"object too large for cache", error.args
    else:
        raise AssertionError("two megabytes were stored")
    # The old value went, and the connection is still in step.
    assert client.get("too-large") is None
    try:
        client.get("k" * 251)
    except MemcacheIllegalInputError:
        pass
    else:
        raise AssertionError("pymemcache let a long key through")
    # pymemcache checks keys itself; past its check the server has to refuse.
    try:
        client._misc_cmd([b"touch " + b"k" * 251 + b" 0\r\n"], b"touch", False)
    except MemcacheClientError as error:
        assert error.args[0] == b"bad command line format", error.args
    else:
        raise AssertionError("a key of 251 bytes was accepted")
    try:
        client._misc_cmd([b"bogus\r\n"], b"bogus", False)
    except MemcacheUnknownCommandError:
        pass
    else:
        raise AssertionError("a bogus command was accepted")
    assert client.set("after", b"error") and client.get("after") == b"error"


def silent(client):
    assert client.set("count", b"1", noreply=True) is True
    for _ in range(500):
        client.incr("count", 1, noreply=True)
    assert client.add("count", b"0", noreply=True) is True
    client.incr("nobody", 1, noreply=True)
    client.set("too-large", b"x" * (3 * 1024 * 1024), noreply=True)
    client.append("count", b" end", noreply=True)
    client.delete("nobody", noreply=True)
    assert client.get("count") == b"501 end"
    client.flush_all(noreply=True)
    assert client.get("count") is None


def administration(client):
    assert client.version() == b"1.6.45"
    assert client.set("kept", b"x")
    before = client.stats()
    assert before[b"curr_items"] >= 1 and before[b"version"] == b"1.6.45"
    assert isinstance(before[b"pid"], int) and isinstance(before[b"rusage_user"], float)
    client.get("kept")
    after = client.stats()
    assert after[b"cmd_get"] == before[b"cmd_get"] + 1
    assert after[b"get_hits"] == before[b"get_hits"] + 1
    settings = client.stats("settings")
    assert settings[b"maxbytes"] == 64 * 1024 * 1024
    assert settings[b"growth_factor"] == 1.25 and settings[b"cas_enabled"] is not None
    assert client.cache_memlimit(32) is True
    assert client.stats("settings")[b"maxbytes"] == 32 * 1024 * 1024
    assert client.flush_all() is True
    assert client.get("kept") is None
    client.quit()
    assert client.set("again", b"x")  # pymemcache connects anew.


def pooled(_):
    pool = PooledClient(ADDRESS, max_pool_size=4, timeout=10, default_noreply=False)
    for i in range(200):
        assert pool.set("pooled%d" % i, b"v%d" % i)
    assert pool.get_many(["pooled%d" % i for i in range(200)])["pooled199"] == b"v199"
    pool.close()


def fill(client):
    """Stores 10,240-byte values under 0, 1, ... until refused; prints how many there were."""
    def value(i):
        return (b"%d," % i * 10240)[:10240]

    stored = 0
    while True:
        try:
            assert client.set(str(stored), value(stored)) is True
        except MemcacheServerError as error:
            assert error.args[0] == b"out of memory storing object", error.args
            break
        stored += 1
        assert stored < 10000, "never refused"
    for i in range(stored):
        assert client.get(str(i)) == value(i), i
    assert client.get(str(stored)) is None
    print(stored)


globals()[sys.argv[2]](connect())
