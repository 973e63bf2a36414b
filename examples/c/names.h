/*
 * What wasm2c calls the things of a module: the one place that knows.
 *
 * These are the names of wabt 1.0.32, for a module that was translated with `-n core`. Later
 * versions have others (`w2c_core_init` in place of `Z_coreZ_init`).
 */
#ifndef NAMES_H
#define NAMES_H

#include "core.h"

/* An export, which takes the instance as its first argument. */
#define CORE(name) Z_coreZ_##name

typedef Z_core_instance_t CoreInstance;

/* What the module imports from `env`. The host says what is in it. */
typedef struct Z_env_instance_t {
  wasm_rt_memory_t memory;
} CoreImports;

/* The import, as wasm2c asks for it: its body is in store.c. */
#define CORE_MEMORY Z_envZ_memory

/* Once in a program, before the first instance; more does no harm. */
static inline void core_prepare(void) {
  wasm_rt_init();
  Z_core_init_module();
}

static inline void core_instantiate(CoreInstance *core, CoreImports *imports) {
  Z_core_instantiate(core, imports);
}

static inline void core_free(CoreInstance *core) {
  Z_core_free(core);
}

#endif
