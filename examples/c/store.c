/*
 * Drives the core. See docs/embedding.md for every call, and for the numbers below.
 *
 * wasm2c makes a struct of each instance of the module, so that a program may have several. What
 * the module imports, its memory, is the host's to make.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

/* The first internal second: 0 means "never" and 1 "has passed". */
#define FIRST_SECOND 62

enum { KEY_LENGTH_MAX = 250, NUMBER_LENGTH_MAX = 20, WASM_PAGES_IN_MEBIBYTE = 16 };
enum { OPTION_EVICT = 1, OPTION_CAS = 2, OPTION_HASH_EXPAND = 8 };
enum { HASH_MURMUR3 = 0, HASH_POWER = 16 };
enum { FETCH_PIN = 4 };

enum {
  RESULT_ITEM = 0,
  RESULT_VALUE_PTR = 1,
  RESULT_VALUE_LENGTH = 2,
  RESULT_CAS_LOW = 4,
  RESULT_CAS_HIGH = 5,
  RESULT_STATUS = 6,
  RESULT_CLIENT_FLAGS = 8
};

enum {
  COUNTER_CMD_GET = 0,
  COUNTER_CMD_TOUCH = 1,
  COUNTER_GET_MISSES = 3,
  COUNTER_GET_EXPIRED = 4,
  COUNTER_COUNT = 24
};

enum { CLASS_COUNTER_EVICTED = 8, CLASS_COUNTER_COUNT = 27, CLASS_COUNT = 64 };
enum { GAUGE_ITEMS = 0, GAUGE_BYTES_LOW = 1, GAUGE_BYTES_HIGH = 2 };
enum { GAUGE_PAGES_TAKEN = 7, GAUGE_PAGES_LIMIT = 8 };

static const uint32_t ITEM_SIZE_MAX = 1024 * 1024;
static const uint32_t CHUNK_SIZE_LARGEST = 512 * 1024;
static const uint32_t CHUNK_SIZE_MIN = 16;
static const double GROWTH_FACTOR = 1.25;

/* The module's import `env.memory`: wasm2c calls this to have it. */
wasm_rt_memory_t *CORE_MEMORY(CoreImports *imports) {
  return &imports->memory;
}

struct Store {
  CoreImports imports;
  CoreInstance core;
  uint32_t wasm_pages;
  uint32_t now;
  /* Addresses in the memory, which never change. */
  uint32_t inbox;
  uint32_t outbox;
  uint32_t results;
  uint32_t counters;
  uint32_t baseline;
};

/* ── Memory ──────────────────────────────────────────────────────────────────────────────────── */

static uint8_t *at(const Store *store, uint32_t address) {
  return store->imports.memory.data + address;
}

/* WebAssembly's order of bytes is little-endian; so is every machine that this is for. */
static uint32_t read_u32(const Store *store, uint32_t address) {
  uint32_t value;
  memcpy(&value, at(store, address), sizeof value);
  return value;
}

static uint64_t read_u64(const Store *store, uint32_t address) {
  uint64_t value;
  memcpy(&value, at(store, address), sizeof value);
  return value;
}

static uint32_t result(const Store *store, uint32_t slot) {
  return read_u32(store, store->results + 4 * slot);
}

/* Puts the key where the core can read it; its length, or 0 when it is none. */
static uint32_t put_key(Store *store, const char *key) {
  size_t length = strlen(key);
  if (length == 0 || length > KEY_LENGTH_MAX) return 0;
  memcpy(at(store, store->inbox), key, length);
  return (uint32_t)length;
}

static uint32_t second_after(const Store *store, uint32_t lifetime) {
  return lifetime == 0 ? 0 : store->now + lifetime;
}

/* ── Start and end ───────────────────────────────────────────────────────────────────────────── */

/* A memory of so many wasm pages, zeroed, and an instance of the core over it. */
static Store *open_instance(uint32_t wasm_pages) {
  Store *store = calloc(1, sizeof *store);
  if (store == NULL) return NULL;
  core_prepare();
  /* Ends the program when there is no memory. */
  wasm_rt_allocate_memory(&store->imports.memory, wasm_pages, wasm_pages);
  store->wasm_pages = wasm_pages;
  core_instantiate(&store->core, &store->imports);
  store->inbox = CORE(inboxPtr)(&store->core);
  store->outbox = CORE(outboxPtr)(&store->core);
  store->results = CORE(resultPtr)(&store->core);
  store->counters = CORE(countersPtr)(&store->core, 0);
  store->baseline = CORE(baselinePtr)(&store->core);
  return store;
}

Store *store_open(uint32_t mebibytes) {
  /* (N + 68 + T / 2) * 1.15 MiB, with one thread. */
  double pages = (mebibytes + 68.5) * 1.15 * WASM_PAGES_IN_MEBIBYTE;
  if (mebibytes == 0 || pages >= 65536) return NULL;
  Store *store = open_instance((uint32_t)pages + 1);
  if (store == NULL) return NULL;
  uint32_t options = OPTION_EVICT | OPTION_CAS | OPTION_HASH_EXPAND;
  CORE(init)(&store->core, store->wasm_pages, options, HASH_MURMUR3, HASH_POWER, ITEM_SIZE_MAX,
             mebibytes, 1);
  CORE(classesByFactor)(&store->core, CHUNK_SIZE_MIN, GROWTH_FACTOR, CHUNK_SIZE_LARGEST);
  store_set_time(store, 0);
  return store;
}

/* Everything is in the memory, so its bytes are enough; only `init` must not be called again. */
Store *store_copy(const Store *store) {
  Store *copy = open_instance(store->wasm_pages);
  if (copy == NULL) return NULL;
  memcpy(at(copy, 0), at(store, 0), store->imports.memory.size);
  copy->now = store->now;
  return copy;
}

void store_close(Store *store) {
  core_free(&store->core);
  wasm_rt_free_memory(&store->imports.memory);
  free(store);
}

void store_set_time(Store *store, uint32_t seconds) {
  store->now = FIRST_SECOND + seconds;
  CORE(setNow)(&store->core, store->now);
}

/* ── Storing ─────────────────────────────────────────────────────────────────────────────────── */

/* Fills the item that `beginSet` gave last; false when memory for its chunks has run out. */
static bool fill(Store *store, uint32_t item, const uint8_t *bytes, uint32_t length) {
  uint32_t value = result(store, RESULT_VALUE_PTR);
  if (value != 0) {
    memcpy(at(store, value), bytes, length);
    return true;
  }
  while (length > 0) {
    uint32_t run = CORE(addRun)(&store->core, item, length);
    if (run == 0) return false;
    memcpy(at(store, result(store, RESULT_VALUE_PTR)), bytes, run);
    bytes += run;
    length -= run;
  }
  return true;
}

StoreStatus store_put(Store *store, StoreMode mode, const char *key, StoreValue value) {
  uint32_t key_length = put_key(store, key);
  if (key_length == 0) return STORE_BAD_KEY;
  uint32_t expires_at = second_after(store, value.lifetime);
  uint32_t item = CORE(beginSet)(&store->core, store->inbox, key_length, value.flags, expires_at,
                                 value.length, mode);
  if (item == 0) return result(store, RESULT_STATUS);
  if (!fill(store, item, value.bytes, value.length)) {
    CORE(release)(&store->core, item);
    return STORE_NO_MEMORY;
  }
  return CORE(endSet)(&store->core, item, mode, (uint32_t)value.unique,
                      (uint32_t)(value.unique >> 32));
}

/* ── Fetching ────────────────────────────────────────────────────────────────────────────────── */

StoreStatus store_get(Store *store, const char *key, StoreHeld *held) {
  uint32_t key_length = put_key(store, key);
  if (key_length == 0) return STORE_BAD_KEY;
  StoreStatus status = CORE(fetchItem)(&store->core, store->inbox, key_length, store->outbox,
                                       FETCH_PIN, 0);
  if (status != STORE_OK) return status;
  uint32_t value = result(store, RESULT_VALUE_PTR);
  held->item = result(store, RESULT_ITEM);
  held->bytes = value == 0 ? NULL : at(store, value);
  held->length = result(store, RESULT_VALUE_LENGTH);
  held->flags = result(store, RESULT_CLIENT_FLAGS);
  held->unique = (uint64_t)result(store, RESULT_CAS_HIGH) << 32 | result(store, RESULT_CAS_LOW);
  return status;
}

void store_read(Store *store, const StoreHeld *held, void *target) {
  uint8_t *end = target;
  if (held->bytes != NULL) {
    memcpy(end, held->bytes, held->length);
    return;
  }
  uint32_t chunk = held->item;
  while ((chunk = CORE(nextRun)(&store->core, chunk)) != 0) {
    uint32_t run = result(store, RESULT_VALUE_LENGTH);
    memcpy(end, at(store, result(store, RESULT_VALUE_PTR)), run);
    end += run;
  }
}

void store_release(Store *store, const StoreHeld *held) {
  CORE(release)(&store->core, held->item);
}

/* ── Changing and removing ───────────────────────────────────────────────────────────────────── */

static StoreStatus change(Store *store, const char *key, bool is_incr, uint64_t delta,
                          uint64_t *number) {
  uint32_t key_length = put_key(store, key);
  if (key_length == 0) return STORE_BAD_KEY;
  uint32_t answer = CORE(changeNumber)(&store->core, store->inbox, key_length, is_incr,
                                       (uint32_t)delta, (uint32_t)(delta >> 32), store->outbox);
  StoreStatus status = answer & 0xff;
  if (status != STORE_OK) return status;
  char digits[NUMBER_LENGTH_MAX + 1] = {0};
  memcpy(digits, at(store, store->outbox), answer >> 8);
  *number = strtoull(digits, NULL, 10);
  return status;
}

StoreStatus store_incr(Store *store, const char *key, uint64_t delta, uint64_t *number) {
  return change(store, key, true, delta, number);
}

StoreStatus store_decr(Store *store, const char *key, uint64_t delta, uint64_t *number) {
  return change(store, key, false, delta, number);
}

StoreStatus store_touch(Store *store, const char *key, uint32_t lifetime) {
  uint32_t key_length = put_key(store, key);
  if (key_length == 0) return STORE_BAD_KEY;
  uint32_t expires_at = second_after(store, lifetime);
  bool is_there = CORE(touch)(&store->core, store->inbox, key_length, expires_at);
  return is_there ? STORE_OK : STORE_NOT_FOUND;
}

StoreStatus store_delete(Store *store, const char *key) {
  uint32_t key_length = put_key(store, key);
  if (key_length == 0) return STORE_BAD_KEY;
  bool was_there = CORE(remove)(&store->core, store->inbox, key_length);
  return was_there ? STORE_OK : STORE_NOT_FOUND;
}

void store_flush(Store *store) {
  CORE(flush)(&store->core, store->now - 1, 1);
}

/* ── Looking in ──────────────────────────────────────────────────────────────────────────────── */

/* A counter since the last reset. */
static uint64_t counter(const Store *store, uint32_t slot) {
  return read_u64(store, store->counters + 8 * slot) - read_u64(store, store->baseline + 8 * slot);
}

/* A counter of the slab classes, all of them together. */
static uint64_t class_counter(const Store *store, uint32_t slot) {
  uint64_t sum = 0;
  for (uint32_t id = 0; id < CLASS_COUNT; id++) {
    sum += counter(store, COUNTER_COUNT + CLASS_COUNTER_COUNT * id + slot);
  }
  return sum;
}

StoreFigures store_figures(Store *store) {
  CoreInstance *core = &store->core;
  uint64_t bytes_high = CORE(gauge)(core, GAUGE_BYTES_HIGH);
  StoreFigures figures = {
    .gets = counter(store, COUNTER_CMD_GET),
    .get_misses = counter(store, COUNTER_GET_MISSES),
    .get_expired = counter(store, COUNTER_GET_EXPIRED),
    .touches = counter(store, COUNTER_CMD_TOUCH),
    .evicted = class_counter(store, CLASS_COUNTER_EVICTED),
    .items = CORE(gauge)(core, GAUGE_ITEMS),
    .bytes = bytes_high << 32 | CORE(gauge)(core, GAUGE_BYTES_LOW),
    .pages = CORE(gauge)(core, GAUGE_PAGES_TAKEN),
    .pages_limit = CORE(gauge)(core, GAUGE_PAGES_LIMIT),
  };
  return figures;
}

void store_reset_figures(Store *store) {
  CORE(resetCounters)(&store->core);
}

bool store_check(Store *store) {
  return CORE(check)(&store->core) == 0;
}

const uint8_t *store_memory(const Store *store, uint64_t *length) {
  *length = store->imports.memory.size;
  return store->imports.memory.data;
}
