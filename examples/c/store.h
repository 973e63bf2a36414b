/*
 * A cache inside a C program: wasmcached's core, turned into C by wasm2c.
 *
 * Place: main.c uses it, store.c drives the core, by docs/embedding.md and nothing else.
 *
 * Keys are texts of 1 to 250 bytes. Times are seconds since the store was opened, and pass when
 * `store_set_time` says so. One call at a time; several stores may be open, each with a memory of
 * its own.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Store Store;

/* The core's Status, and one of our own. */
typedef enum {
  STORE_OK = 0,
  STORE_NOT_STORED = 1,
  STORE_EXISTS = 2,
  STORE_NOT_FOUND = 3,
  STORE_TOO_LARGE = 4,
  STORE_NO_MEMORY = 5,
  STORE_NOT_NUMERIC = 6,
  STORE_OVERHELD = 7,
  STORE_BAD_KEY = 100
} StoreStatus;

/* The core's StoreMode. */
typedef enum {
  STORE_SET = 0,
  STORE_ADD = 1,
  STORE_REPLACE = 2,
  STORE_APPEND = 3,
  STORE_PREPEND = 4,
  STORE_CAS = 5
} StoreMode;

/* What is stored. */
typedef struct {
  const void *bytes;
  uint32_t length;
  uint32_t flags;
  /* Seconds from now; 0 = for ever. */
  uint32_t lifetime;
  /* With STORE_CAS: the unique that the item must still have. */
  uint64_t unique;
} StoreValue;

/* An item that is held: its bytes stay as they are until `store_release`. */
typedef struct {
  uint32_t item;
  /* Where the value lies, NULL when it is in several chunks: `store_read` takes either. */
  const uint8_t *bytes;
  uint32_t length;
  uint32_t flags;
  uint64_t unique;
} StoreHeld;

/* A store for so many MiB of items, or NULL when there is no memory for it. */
Store *store_open(uint32_t mebibytes);

/* A store with the same items, which goes on by itself; or NULL. */
Store *store_copy(const Store *store);

void store_close(Store *store);

void store_set_time(Store *store, uint32_t seconds);

StoreStatus store_put(Store *store, StoreMode mode, const char *key, StoreValue value);

/* Finds an item and, when this is STORE_OK, holds it. */
StoreStatus store_get(Store *store, const char *key, StoreHeld *held);

/* Copies the value of a held item, `held->length` bytes. */
void store_read(Store *store, const StoreHeld *held, void *target);

void store_release(Store *store, const StoreHeld *held);

/* Adds to a number, or takes away from it; `number` is what it is then. */
StoreStatus store_incr(Store *store, const char *key, uint64_t delta, uint64_t *number);
StoreStatus store_decr(Store *store, const char *key, uint64_t delta, uint64_t *number);

/* A new lifetime, as in StoreValue. */
StoreStatus store_touch(Store *store, const char *key, uint32_t lifetime);

StoreStatus store_delete(Store *store, const char *key);

/* Makes every item invisible. */
void store_flush(Store *store);

typedef struct {
  uint64_t gets;
  uint64_t get_misses;
  uint64_t get_expired;
  uint64_t touches;
  uint64_t evicted;
  uint64_t items;
  uint64_t bytes;
  uint32_t pages;
  uint32_t pages_limit;
} StoreFigures;

StoreFigures store_figures(Store *store);

/* Counters begin at 0 again. */
void store_reset_figures(Store *store);

/* Whether every byte of the memory is accounted for. */
bool store_check(Store *store);

/* The memory as a whole: all there is to know of the store. */
const uint8_t *store_memory(const Store *store, uint64_t *length);

#endif
