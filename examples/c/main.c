/*
 * What a cache is used for, one thing after the other, in C. Prints what it sees; README.md has the
 * whole of it.
 *
 * With the name of a file as its argument it also writes the store there as it is at the end, for
 * another host to go on with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

enum { MEBIBYTES = 8, CROWD = 20000, CROWD_VALUE_LENGTH = 1000, LARGE_LENGTH = 700 * 1000 };

static const char *word(StoreStatus status) {
  switch (status) {
    case STORE_OK: return "ok";
    case STORE_NOT_STORED: return "not stored";
    case STORE_EXISTS: return "exists";
    case STORE_NOT_FOUND: return "not found";
    case STORE_TOO_LARGE: return "too large";
    case STORE_NO_MEMORY: return "no memory";
    case STORE_NOT_NUMERIC: return "not a number";
    case STORE_OVERHELD: return "held too often";
    case STORE_BAD_KEY: return "a key has 1 to 250 bytes";
  }
  return "?";
}

static const char *yes(bool is_true) {
  return is_true ? "yes" : "no";
}

static StoreValue text(const char *bytes) {
  StoreValue value = {.bytes = bytes, .length = (uint32_t)strlen(bytes)};
  return value;
}

static void put(Store *store, StoreMode mode, const char *key, const char *value) {
  static const char *const names[] = {"set", "add", "replace", "append", "prepend", "cas"};
  const char *shown = key[0] == '\0' ? "nothing" : key;
  printf("%s %s: %s\n", names[mode], shown, word(store_put(store, mode, key, text(value))));
}

static void get(Store *store, const char *key) {
  StoreHeld held;
  StoreStatus status = store_get(store, key, &held);
  if (status != STORE_OK) {
    printf("get %s: %s\n", key, word(status));
    return;
  }
  printf("get %s: %.*s, flags %" PRIu32 "\n", key, (int)held.length, (const char *)held.bytes,
         held.flags);
  store_release(store, &held);
}

static void storing(Store *store) {
  StoreValue hello = text("hello world");
  hello.flags = 7;
  printf("set greeting: %s\n", word(store_put(store, STORE_SET, "greeting", hello)));
  get(store, "greeting");
  get(store, "nobody");
  put(store, STORE_ADD, "greeting", "again");
  put(store, STORE_ADD, "farewell", "bye");
  put(store, STORE_REPLACE, "nobody", "somebody");
  put(store, STORE_REPLACE, "farewell", "good bye");
  put(store, STORE_APPEND, "farewell", ", all");
  get(store, "farewell");
  put(store, STORE_SET, "", "a value without a key");
}

/* Nobody has come in between, then somebody has. */
static void unique(Store *store) {
  StoreHeld held;
  if (store_get(store, "greeting", &held) != STORE_OK) return;
  store_release(store, &held);
  StoreValue value = text("hello again");
  value.unique = held.unique;
  printf("cas greeting: %s\n", word(store_put(store, STORE_CAS, "greeting", value)));
  printf("cas greeting: %s\n", word(store_put(store, STORE_CAS, "greeting", value)));
  put(store, STORE_CAS, "nobody", "somebody");
}

static void counting(Store *store) {
  uint64_t number = 0;
  put(store, STORE_SET, "visits", "10");
  printf("incr visits: %s", word(store_incr(store, "visits", UINT64_C(5000000000), &number)));
  printf(", %" PRIu64 "\n", number);
  printf("decr visits: %s", word(store_decr(store, "visits", 10, &number)));
  printf(", %" PRIu64 "\n", number);
  printf("incr farewell: %s\n", word(store_incr(store, "farewell", 1, &number)));
  printf("decr nobody: %s\n", word(store_decr(store, "nobody", 1, &number)));
}

static void passing(Store *store) {
  StoreValue value = text("soon gone");
  value.lifetime = 10;
  printf("set brief: %s\n", word(store_put(store, STORE_SET, "brief", value)));
  store_set_time(store, 9);
  get(store, "brief");
  printf("touch brief: %s\n", word(store_touch(store, "brief", 10)));
  printf("touch nobody: %s\n", word(store_touch(store, "nobody", 10)));
  store_set_time(store, 18);
  get(store, "brief");
  store_set_time(store, 19);
  get(store, "brief");
}

static void removing(Store *store) {
  printf("delete farewell: %s\n", word(store_delete(store, "farewell")));
  printf("delete farewell: %s\n", word(store_delete(store, "farewell")));
  get(store, "farewell");
}

/* A reader goes on with what it holds, whatever becomes of the item. */
static void holding(Store *store) {
  StoreHeld held;
  put(store, STORE_SET, "page", "the first version");
  if (store_get(store, "page", &held) != STORE_OK) return;
  put(store, STORE_SET, "page", "the second version");
  get(store, "page");
  printf("delete page: %s\n", word(store_delete(store, "page")));
  printf("still held: %.*s\n", (int)held.length, (const char *)held.bytes);
  store_release(store, &held);
}

/* A value above the largest chunk lies in several. */
static void large(Store *store) {
  char *bytes = malloc(2 * LARGE_LENGTH);
  if (bytes == NULL) return;
  char *back = bytes + LARGE_LENGTH;
  for (int i = 0; i < LARGE_LENGTH; i++) bytes[i] = (char)('a' + i % 23);
  StoreValue value = {.bytes = bytes, .length = LARGE_LENGTH};
  printf("set large: %s\n", word(store_put(store, STORE_SET, "large", value)));
  value.length = UINT32_C(2000000);
  printf("set larger: %s\n", word(store_put(store, STORE_SET, "larger", value)));
  StoreHeld held;
  if (store_get(store, "large", &held) == STORE_OK) {
    store_read(store, &held, back);
    bool is_same = held.length == LARGE_LENGTH && memcmp(bytes, back, LARGE_LENGTH) == 0;
    printf("large: in chunks %s, the same %s\n", yes(held.bytes == NULL), yes(is_same));
    store_release(store, &held);
  }
  free(bytes);
}

/* Far more than there is room for: the oldest make way. */
static void crowd(Store *store) {
  char bytes[CROWD_VALUE_LENGTH];
  char key[32];
  memset(bytes, 'x', sizeof bytes);
  StoreFigures before = store_figures(store);
  int refused = 0;
  for (int i = 0; i < CROWD; i++) {
    snprintf(key, sizeof key, "crowd:%d", i);
    StoreValue value = {.bytes = bytes, .length = sizeof bytes};
    if (store_put(store, STORE_SET, key, value) != STORE_OK) refused++;
  }
  StoreFigures after = store_figures(store);
  StoreHeld held;
  printf("crowd: %d sets, %d refused\n", CROWD, refused);
  printf("the first is there: %s\n", yes(store_get(store, "crowd:0", &held) == STORE_OK));
  bool has_last = store_get(store, key, &held) == STORE_OK;
  if (has_last) store_release(store, &held);
  printf("the last is there: %s\n", yes(has_last));
  uint64_t evicted = after.evicted - before.evicted;
  uint64_t gone = before.items + CROWD - after.items;
  printf("evicted: more than half of them %s, the only ones gone %s\n", yes(evicted > CROWD / 2),
         yes(evicted == gone));
  printf("limit of %d MiB kept: %s\n", MEBIBYTES, yes(after.bytes < MEBIBYTES * 1024 * 1024));
}

static void figures(Store *store) {
  StoreFigures now = store_figures(store);
  printf("gets %" PRIu64 ", misses %" PRIu64 ", expired %" PRIu64 ", touches %" PRIu64 "\n",
         now.gets, now.get_misses, now.get_expired, now.touches);
  store_reset_figures(store);
  printf("gets after a reset: %" PRIu64 "\n", store_figures(store).gets);
}

/* A copy of the memory is a cache of its own. */
static void copying(Store *store) {
  Store *copy = store_copy(store);
  if (copy == NULL) return;
  put(store, STORE_SET, "whose", "the original's");
  put(copy, STORE_SET, "whose", "the copy's");
  get(store, "whose");
  get(copy, "whose");
  store_flush(copy);
  get(copy, "whose");
  printf("copy in order: %s\n", yes(store_check(copy)));
  store_close(copy);
}

/* False when it cannot be written. */
static bool save(const Store *store, const char *path) {
  uint64_t length;
  const uint8_t *memory = store_memory(store, &length);
  FILE *file = fopen(path, "wb");
  if (file == NULL) return false;
  bool is_written = fwrite(memory, 1, length, file) == length;
  return fclose(file) == 0 && is_written;
}

int main(int argc, char **argv) {
  Store *store = store_open(MEBIBYTES);
  if (store == NULL) {
    fputs("no memory for a store\n", stderr);
    return 1;
  }
  storing(store);
  unique(store);
  counting(store);
  passing(store);
  removing(store);
  holding(store);
  large(store);
  crowd(store);
  figures(store);
  copying(store);
  bool is_in_order = store_check(store);
  printf("in order: %s\n", yes(is_in_order));
  bool is_saved = argc < 2 || save(store, argv[1]);
  if (!is_saved) perror(argv[1]);
  store_close(store);
  return is_in_order && is_saved ? 0 : 1;
}
