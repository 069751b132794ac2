#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The type of an element; the values are those of ElementType in DaedalTensor.
enum { CK_BOOL = 0, CK_I32 = 1, CK_I64 = 2, CK_F32 = 3, CK_F64 = 4 };

/// The most axes a tensor has.
enum { CK_RANK = 8 };

/// One tile of a kernel. `arguments` is the kernel's own struct; tiles may run at once on several threads.
typedef void (*ck_tile_function)(const void *arguments, int64_t tile);
/// The number of tiles of a kernel, 0 when there is nothing to do.
typedef int64_t (*ck_tiles_function)(const void *arguments);

/// The bytes that tiles of a kernel keep as scratch on each thread that runs them, as far as they are worth counting.
int64_t ck_scratch_bytes(ck_tile_function run, const void *arguments);

/// The instruction sets that kernels come in.
enum { CK_BASELINE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };

/// The instruction set in force: the best of this machine unless another was set.
int ck_isa(void);
/// Forces an instruction set, for tests; one that the machine lacks is lowered to the best it has, a negative one means the best. Returns what is in force.
/// Not to be called while kernels run.
int ck_set_isa(int level);

/// Makes denormal numbers zero on this thread (results flushed, operands taken as zero). Returns the mode before, for `ck_float_leave`.
uint64_t ck_float_enter(void);
/// Restores the mode that `ck_float_enter` returned.
void ck_float_leave(uint64_t mode);

/// Bytes of an element of a type.
static inline int64_t ck_type_bytes(int type) { return type == CK_BOOL ? 1 : (type == CK_I64 || type == CK_F64) ? 8 : 4; }
