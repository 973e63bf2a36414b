# A session of Dalli against the server: dalli-session.rb <port> binary, or
# <port> login <user> <password>. Dalli 3.0 speaks the binary protocol, later ones meta as well.
#
# Prints the name of each part once all of it was as expected; an error and code 1 otherwise.

require "dalli"
require "json"

PORT, MODE, USER, PASSWORD = ARGV
Dalli.logger.level = Logger::FATAL

def connect(options = {})
  Dalli::Client.new("127.0.0.1:#{PORT}", { socket_timeout: 5 }.merge(options))
end

def is(got, expected, what)
  return if got == expected

  raise "#{what}: got #{got.inspect[0, 200]}, expected #{expected.inspect[0, 200]}"
end

def raises(error, what)
  yield
rescue error => raised
  raised.message
else
  raise "#{what}: no #{error}"
end

def storing(client)
  is(client.get("absent"), nil, "get of nothing")
  is(client.set("key", "value").is_a?(Integer), true, "set gives the unique")
  is(client.get("key"), "value", "get")
  is(client.add("key", "other"), false, "add on a present key")
  is(client.add("new", "fresh").is_a?(Integer), true, "add")
  is(client.replace("nobody", "x"), 0, "replace on nothing, which Dalli tells by a unique of 0")
  is(client.replace("key", "second", nil, raw: true).is_a?(Integer), true, "replace")
  is(client.append("key", "-after"), true, "append")
  is(client.prepend("key", "before-"), true, "prepend")
  is(client.get("key", raw: true), "before-second-after", "get after append and prepend")
  is(client.append("nobody", "x"), false, "append on nothing")
  is(client.delete("key"), true, "delete")
  is(client.delete("key"), nil, "delete on nothing")
  is(client.get("key"), nil, "get after delete")
end

def kinds(client)
  every = (0..255).map(&:chr).join.b
  [1, -2.5, nil, true, :symbol, "ünï", every, { "list" => [1, "zwei"] }].each do |value|
    client.set("kind", value)
    is(client.get("kind"), value, "a marshalled value")
  end
  packing = connect(compress: true, compression_min_size: 100, serializer: JSON)
  packing.set("packed", ["compress me"] * 1000)
  is(packing.get("packed"), ["compress me"] * 1000, "a compressed value")
  is(client.fetch("fetched") { "made" }, "made", "fetch of nothing")
  is(client.fetch("fetched") { "made again" }, "made", "fetch of something")
end

def many(client)
  client.multi { 300.times { |i| client.set("many#{i}", "value #{i}") } }
  expected = (0...300).to_h { |i| ["many#{i}", "value #{i}"] }
  is(client.get_multi(expected.keys, "absent"), expected, "get_multi")
  is(client.get_multi_cas("many1").fetch("many1")[0], "value 1", "get_multi_cas")
  # Quiet commands leave no reply behind that a later one would take for its own.
  client.multi do
    client.add("many1", "not stored")
    client.delete("many2")
    client.delete("absent")
    client.replace("absent", "not stored")
  end
  is(client.get("many1"), "value 1", "a quiet add on a present key")
  is(client.get("many2"), nil, "a quiet delete")
  is(client.get("absent"), nil, "a quiet replace of nothing")
end

def counting(client)
  is(client.incr("count", 1, nil, 10), 10, "incr with an initial value")
  is(client.incr("count", 5), 15, "incr by 5")
  is(client.decr("count", 6), 9, "decr")
  is(client.decr("count", 100), 0, "decr ends at 0")
  is(client.decr("nobody", 1), nil, "decr of nothing")
  is(client.incr("large", 1, 60, 2**64 - 1), 2**64 - 1, "the largest count")
  is(client.incr("large", 2), 1, "and past it")
  client.set("text", "abc", nil, raw: true)
  told = raises(Dalli::DalliError, "incr of a text") { client.incr("text", 1) }
  is(told, "Response error 6: Incr/decr on a non-numeric value", "incr of a text")
end

# Four threads, each with its own client: no step of a cas loop is lost.
def unique(client)
  client.set("unique", 0)
  value, cas = client.get_cas("unique")
  is(value, 0, "get_cas")
  is(client.set_cas("unique", 1, cas).is_a?(Integer), true, "set_cas")
  is(client.set_cas("unique", 2, cas), false, "a stale set_cas")
  is(client.replace_cas("unique", 2, cas), false, "a stale replace_cas")
  is(client.delete_cas("unique", cas), false, "a stale delete_cas")
  is(client.cas("absent") { raise "nothing to change" }, nil, "cas on nothing")
  climb = lambda do
    own = connect
    50.times { nil until own.cas("unique") { |was| was + 1 } }
    own.close
  end
  Array.new(4) { Thread.new(&climb) }.each(&:join)
  is(client.get("unique"), 201, "four threads with a cas loop")
end

def times(client)
  client.set("long", "y", 100)
  # Dalli turns what is over 30 days into a time of day itself.
  client.set("months", "y", 90 * 24 * 3600)
  client.set("touched", "z", 2)
  is(client.touch("touched", 100), true, "touch")
  is(client.touch("nobody", 100), nil, "touch of nothing")
  client.set("got", "w", 2)
  is(client.gat("got", 100), "w", "gat")
  is(client.gat("nobody", 100), nil, "gat of nothing")
  # It is gone no sooner than what was touched would have been.
  client.set("short", "x", 2)
  deadline = Time.now + 5
  until client.get("short").nil?
    raise "two seconds lasted too long" if Time.now > deadline

    sleep 0.05
  end
  found = client.get_multi("long", "months", "touched", "got")
  is(found, { "long" => "y", "months" => "y", "touched" => "z", "got" => "w" }, "the others")
end

def sizes(client)
  noise = Random.new(7)
  [0, 1, 4096, 65_536, 1_000_000].each do |length|
    value = noise.bytes(length)
    client.set("sized", value, nil, raw: true)
    is(client.get("sized", raw: true) == value, true, "a value of #{length} bytes")
  end
  # Past the client's own limit, so that it is the server that refuses.
  wide = connect(value_max_bytes: 4_000_000)
  told = raises(Dalli::DalliError, "two megabytes") { wide.set("sized", noise.bytes(2_000_000)) }
  is(told, "Response error 3: Value too large", "two megabytes")
  is(client.get("sized"), nil, "the old value went")
  is(wide.set("after", "error").is_a?(Integer), true, "in step")
end

def administration(client)
  address = "127.0.0.1:#{PORT}"
  is(client.version, { address => "1.6.45" }, "version")
  is(client.stats[address]["version"], "1.6.45", "stats")
  is(client.stats(:settings)[address]["maxbytes"], (64 << 20).to_s, "stats settings")
  client.set("kept", "x")
  is(client.stats(:items)[address].keys.grep(/\Aitems:\d+:number\z/).empty?, false, "stats items")
  is(client.reset_stats, [true], "reset_stats")
  is(client.flush, [true], "flush")
  is(client.get("kept"), nil, "get after flush")
  client.close
  is(client.set("again", "x").is_a?(Integer), true, "a new connection")
end

# SASL: who has the password is served, who has another one is not.
def login(stranger)
  raises(Dalli::DalliError, "a stranger") { stranger.set("key", "x") }
  wrong = connect(username: USER, password: "not #{PASSWORD}")
  raises(Dalli::DalliError, "a wrong password") { wrong.set("key", "x") }
  known = connect(username: USER, password: PASSWORD)
  is(known.get("key"), nil, "nothing was stored by strangers")
  is(known.set("key", "value").is_a?(Integer), true, "set")
  is(known.get_multi("key", "absent"), { "key" => "value" }, "get_multi")
end

ALL = %i[storing kinds many counting unique times sizes administration].freeze
(MODE == "login" ? %i[login] : ALL).each do |part|
  client = connect
  send(part, client)
  client.close
  puts part
end
