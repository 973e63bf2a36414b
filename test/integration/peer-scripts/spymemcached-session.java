/*
 * A session of spymemcached against the server: spymemcached-session.java <port> text|binary, or
 * <port> login <user> <password>.
 *
 * Prints the name of each part once all of it was as expected; a stack trace and code 1 otherwise.
 */

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.LogManager;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.auth.AuthDescriptor;
import net.spy.memcached.auth.PlainCallbackHandler;
import net.spy.memcached.compat.log.SunLogger;
import net.spy.memcached.internal.OperationFuture;
import net.spy.memcached.transcoders.SerializingTranscoder;

class Session {
  static String port;
  static boolean binary;

  interface Part {
    void hold(MemcachedClient client) throws Exception;
  }

  static MemcachedClient connect() throws Exception {
    return connect(null, 10_000);
  }

  static MemcachedClient connect(AuthDescriptor auth, long patienceMs) throws Exception {
    // Past the client's own limit, so that it is the server that refuses.
    SerializingTranscoder transcoder = new SerializingTranscoder(4 << 20);
    transcoder.setCompressionThreshold(4 << 20);
    ConnectionFactoryBuilder builder =
        new ConnectionFactoryBuilder()
            .setProtocol(binary ? Protocol.BINARY : Protocol.TEXT)
            .setTranscoder(transcoder)
            .setOpTimeout(patienceMs)
            .setAuthWaitTime(patienceMs);
    if (auth != null) builder.setAuthDescriptor(auth);
    return new MemcachedClient(builder.build(), AddrUtil.getAddresses("127.0.0.1:" + port));
  }

  static void is(Object got, Object expected, String what) {
    if (Objects.deepEquals(got, expected)) return;
    throw new AssertionError(what + ": got " + got + ", expected " + expected);
  }

  static <T> T of(Future<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  static void storing(MemcachedClient client) throws Exception {
    is(client.get("absent"), null, "get of nothing");
    is(of(client.set("key", 0, "value")), true, "set");
    is(client.get("key"), "value", "get");
    is(of(client.add("key", 0, "other")), false, "add on a present key");
    is(of(client.add("new", 0, "fresh")), true, "add");
    is(of(client.replace("nobody", 0, "x")), false, "replace on nothing");
    is(of(client.replace("key", 0, "second")), true, "replace");
    is(of(client.append("key", "-after")), true, "append");
    is(of(client.prepend("key", "before-")), true, "prepend");
    is(client.get("key"), "before-second-after", "get after append and prepend");
    is(of(client.append("nobody", "x")), false, "append on nothing");
    is(of(client.delete("key")), true, "delete");
    is(of(client.delete("key")), false, "delete on nothing");
    is(client.get("key"), null, "get after delete");
  }

  /** The client tells kinds by the flags. */
  static void kinds(MemcachedClient client) throws Exception {
    byte[] every = new byte[256];
    for (int i = 0; i < 256; i++) every[i] = (byte) i;
    Object list = new ArrayList<>(List.of(1, "zwei"));
    List<Object> values = List.of(1, -2L, 2.5, true, 'c', "ünï\r\nEND\r\n", every, list);
    for (Object value : values) {
      is(of(client.set("kind", 0, value)), true, "set");
      is(client.get("kind"), value, "a value of " + value.getClass());
    }
    SerializingTranscoder packing = new SerializingTranscoder();
    packing.setCompressionThreshold(100);
    String text = "compress me ".repeat(10_000);
    is(of(client.set("packed", 0, text, packing)), true, "set of a compressed value");
    is(client.get("packed", packing), text, "a compressed value");
  }

  /** Hundreds of operations on their way at once; the client joins gets that wait into one. */
  static void asynchronous(MemcachedClient client) throws Exception {
    Map<String, Object> expected = new HashMap<>();
    List<Future<Boolean>> stored = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      expected.put("many" + i, "value " + i);
      stored.add(client.set("many" + i, 100, "value " + i));
    }
    for (Future<Boolean> one : stored) is(of(one), true, "set");
    List<Future<Object>> found = new ArrayList<>();
    for (int i = 0; i < 1000; i++) found.add(client.asyncGet("many" + i));
    Future<Object> absent = client.asyncGet("absent");
    for (int i = 0; i < 1000; i++) is(of(found.get(i)), "value " + i, "asyncGet");
    is(of(absent), null, "asyncGet of nothing");
    List<String> keys = new ArrayList<>(expected.keySet());
    keys.add("absent");
    is(client.getBulk(keys), expected, "getBulk");
    Future<Map<String, Object>> left = client.asyncGetBulk("many1", "absent");
    Future<Map<String, Object>> right = client.asyncGetBulk("many2", "many1");
    is(of(left), Map.of("many1", "value 1"), "asyncGetBulk");
    is(of(right), Map.of("many1", "value 1", "many2", "value 2"), "a second asyncGetBulk");
    is(client.waitForQueues(10, TimeUnit.SECONDS), true, "waitForQueues");
  }

  static void counting(MemcachedClient client) throws Exception {
    is(client.incr("nobody", 1), -1L, "incr of nothing");
    is(client.incr("count", 1, 10), 10L, "incr with an initial value");
    is(client.incr("count", 5), 15L, "incr by 5");
    is(client.decr("count", 6), 9L, "decr");
    is(client.decr("count", 100), 0L, "decr ends at 0");
    is(client.decr("begun", 1, 7, 100), 7L, "decr with an initial value and an expiry");
    List<Future<Long>> steps = new ArrayList<>();
    for (int i = 0; i < 300; i++) steps.add(client.asyncIncr("count", 2));
    for (int i = 0; i < 300; i++) is(of(steps.get(i)), 2L * (i + 1), "asyncIncr");
    of(client.set("text", 0, "abc"));
    String told;
    OperationFuture<Long> refused = client.asyncIncr("text", 1);
    try {
      of(refused);
      told = refused.getStatus().getMessage();
    } catch (ExecutionException error) {
      told = error.getMessage();
    }
    is(told.toLowerCase().contains("non-numeric"), true, told);
    is(client.get("text"), "abc", "in step after the error");
  }

  static void climb(MemcachedClient client) {
    for (int i = 0; i < 50; i++) {
      CASResponse response;
      do {
        CASValue<Object> before = client.gets("unique");
        response = client.cas("unique", before.getCas(), (Integer) before.getValue() + 1);
      } while (response != CASResponse.OK);
    }
  }

  static void unique(MemcachedClient client) throws Exception {
    is(client.gets("absent"), null, "gets of nothing");
    is(client.cas("absent", 1, "x"), CASResponse.NOT_FOUND, "cas of nothing");
    of(client.set("unique", 0, 0));
    long cas = client.gets("unique").getCas();
    is(client.cas("unique", cas, 1), CASResponse.OK, "cas");
    is(client.cas("unique", cas, 2), CASResponse.EXISTS, "a stale cas");
    is(of(client.asyncCAS("unique", cas, 2)), CASResponse.EXISTS, "a stale asyncCAS");
    List<Thread> climbers = new ArrayList<>();
    List<MemcachedClient> owns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      MemcachedClient own = connect();
      owns.add(own);
      climbers.add(new Thread(() -> climb(own)));
    }
    for (Thread climber : climbers) climber.start();
    for (Thread climber : climbers) climber.join();
    for (MemcachedClient own : owns) own.shutdown();
    is(client.get("unique"), 201, "four threads with a cas loop");
  }

  static void times(MemcachedClient client) throws Exception {
    of(client.set("long", 100, "y"));
    of(client.set("until", (int) (System.currentTimeMillis() / 1000) + 100, "y"));
    of(client.set("touched", 2, "z"));
    is(of(client.touch("touched", 100)), true, "touch");
    is(of(client.touch("nobody", 100)), false, "touch of nothing");
    if (binary) {
      of(client.set("got", 2, "w"));
      is(client.getAndTouch("got", 100).getValue(), "w", "getAndTouch");
      is(client.getAndTouch("nobody", 100), null, "getAndTouch of nothing");
    } else {
      of(client.set("got", 100, "w"));
    }
    // It is gone no sooner than what was touched would have been.
    of(client.set("short", 2, "x"));
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (client.get("short") != null) {
      is(System.nanoTime() < deadline, true, "two seconds last no five");
      Thread.sleep(50);
    }
    Map<String, Object> found = client.getBulk("long", "until", "touched", "got");
    is(found, Map.of("long", "y", "until", "y", "touched", "z", "got", "w"), "the others");
  }

  static void sizes(MemcachedClient client) throws Exception {
    Random noise = new Random(7);
    for (int length : new int[] {0, 1, 4096, 65_536, 1_000_000}) {
      byte[] value = new byte[length];
      noise.nextBytes(value);
      is(of(client.set("sized", 0, value)), true, "set of " + length);
      is(Arrays.equals((byte[]) client.get("sized"), value), true, "get of " + length);
    }
    boolean stored;
    try {
      stored = of(client.set("sized", 0, new byte[2_000_000]));
    } catch (ExecutionException refused) {
      is(refused.getMessage().contains("object too large for cache"), true, refused.getMessage());
      stored = false;
    }
    is(stored, false, "two megabytes");
    is(client.get("sized"), null, "the old value went");
    is(of(client.set("after", 0, "error")), true, "set after the error");
    is(client.get("after"), "error", "get after the error");
  }

  static void administration(MemcachedClient client) throws Exception {
    is(new ArrayList<>(client.getVersions().values()), List.of("1.6.45"), "getVersions");
    Map<String, String> stats = client.getStats().values().iterator().next();
    is(stats.get("version"), "1.6.45", "getStats");
    Map<String, String> settings = client.getStats("settings").values().iterator().next();
    is(settings.get("maxbytes"), String.valueOf(64 << 20), "stats settings");
    is(of(client.flush()), true, "flush");
    is(client.get("after"), null, "get after flush");
    is(client.shutdown(5, TimeUnit.SECONDS), true, "shutdown");
  }

  static AuthDescriptor plain(String user, String password) {
    return new AuthDescriptor(new String[] {"PLAIN"}, new PlainCallbackHandler(user, password));
  }

  /** SASL: who has the password is served, who has another one is not. */
  static void login(String user, String password) throws Exception {
    // The client tries the wrong password again and again, and what is to be stored waits for it.
    MemcachedClient wrong = connect(plain(user, "not " + password), 1_000);
    boolean stored = false;
    try {
      stored = wrong.set("key", 0, "x").get(1, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException refused) {
      // Either is well: which it is depends on when the client gives the connection up.
    }
    is(stored, false, "a wrong password");
    wrong.shutdown();
    MemcachedClient known = connect(plain(user, password), 10_000);
    is(known.get("key"), null, "nothing was stored by strangers");
    is(of(known.set("key", 0, "value")), true, "set");
    is(known.getBulk("key", "absent"), Map.of("key", "value"), "getBulk");
    is(known.listSaslMechanisms(), Set.of("PLAIN"), "listSaslMechanisms");
    known.shutdown();
    System.out.println("login");
  }

  static void hold(String name, Part part) throws Exception {
    MemcachedClient client = connect();
    part.hold(client);
    client.shutdown();
    System.out.println(name);
  }

  static void holdAll() throws Exception {
    hold("storing", Session::storing);
    hold("kinds", Session::kinds);
    hold("asynchronous", Session::asynchronous);
    hold("counting", Session::counting);
    hold("unique", Session::unique);
    hold("times", Session::times);
    hold("sizes", Session::sizes);
    hold("administration", Session::administration);
  }

  public static void main(String[] words) {
    System.setProperty("net.spy.log.LoggerImpl", SunLogger.class.getName());
    LogManager.getLogManager().reset();
    port = words[0];
    binary = !words[1].equals("text");
    try {
      if (words[1].equals("login")) login(words[2], words[3]);
      else holdAll();
      System.exit(0);
    } catch (Throwable problem) {
      problem.printStackTrace();
      System.exit(1);
    }
  }
}
