// Vector programs: fused elementwise chains and reductions, run block by block in first-level cache.
// In: a table of buffer addresses and a program made by the planner. Out: the program's outputs.
// An iteration space is rows x inner elements in row-major order; a tile is a range of rows and of the inner axis.
#pragma once
#include <stdint.h>

#define CK_V_AXES 7
#define CK_V_NONE 0xFFFFu

// Element types, numbered as DaedalTensor.ElementType.
typedef enum ck_vtype { CK_V_BOOL, CK_V_I32, CK_V_I64, CK_V_F32, CK_V_F64, CK_V_TYPES } ck_vtype;

// Operations. d is the destination, a, b, c operands, k and k2 scalars.
typedef enum ck_vop : uint16_t {
  // One operand.
  CK_V_COPY, CK_V_NEGATE, CK_V_ABSOLUTE, CK_V_SIGN, CK_V_EXPONENTIAL, CK_V_LOGARITHM, CK_V_SQUARE_ROOT, CK_V_SINE, CK_V_COSINE, CK_V_TANH,
  CK_V_LOGISTIC, CK_V_ERF, CK_V_FLOOR, CK_V_CEILING, CK_V_ROUND, CK_V_NOT,
  CK_V_TO_BOOL, CK_V_TO_I32, CK_V_TO_I64, CK_V_TO_F32, CK_V_TO_F64,
  // Two operands.
  CK_V_ADD, CK_V_SUBTRACT, CK_V_MULTIPLY, CK_V_DIVIDE, CK_V_POWER, CK_V_MINIMUM, CK_V_MAXIMUM, CK_V_FLOOR_DIVIDE, CK_V_REMAINDER,
  CK_V_LESS, CK_V_LESS_EQUAL, CK_V_EQUAL, CK_V_NOT_EQUAL, CK_V_AND, CK_V_OR,
  // c = bool condition: d = c ? a : b.
  CK_V_SELECT,
  // Sets the int32 that d points to when an element of a is zero.
  CK_V_CHECK_ZERO,
  // f32 only from here: a constant operand.
  CK_V_ADD_K,          // a + k
  CK_V_MULTIPLY_K,     // a * k
  CK_V_K_SUBTRACT,     // k - a
  CK_V_DIVIDE_K,       // a / k
  CK_V_K_DIVIDE,       // k / a
  CK_V_MINIMUM_K,      // min(a, k)
  CK_V_MAXIMUM_K,      // max(a, k)
  CK_V_LESS_K,         // a < k
  CK_V_LESS_EQUAL_K,   // a <= k
  CK_V_K_LESS,         // k < a
  CK_V_K_LESS_EQUAL,   // k <= a
  CK_V_EQUAL_K,        // a == k
  // f32 super-instructions; every product that is added is one fused multiply-add where the processor has it.
  CK_V_SQUARE,         // a * a
  CK_V_AFFINE,         // a * k + k2
  CK_V_FMA,            // a * b + c
  CK_V_FMS,            // a * b - c
  CK_V_FNMA,           // c - a * b
  CK_V_FMA_K,          // a * k + b
  CK_V_FMS_K,          // a * k - b
  CK_V_FMA_KK,         // a * k + b * k2
  CK_V_FMA_SQUARE,     // a * k + (b * b) * k2
  CK_V_ADD_ADD,        // (a + b) + c
  CK_V_MULTIPLY_MULTIPLY, // (a * b) * c
  CK_V_ADD_MULTIPLY,   // (a + b) * c
  CK_V_SUBTRACT_MULTIPLY, // (a - b) * c
  CK_V_DIVIDE_ROOT,    // (a * k) / (sqrt(b) + k2)
  CK_V_CUBIC,          // (a * a * k + k2) * a
  CK_V_SELECT_ZERO,    // c ? a : 0
  CK_V_SELECT_LESS,    // k < b ? a : 0
  CK_V_RELU_ADD,       // max(a + b, 0)
  CK_V_SIGMOID_GRADIENT, // (1 - a) * a * b
  CK_V_TANH_GRADIENT,  // (1 - a * a) * b
  CK_V_ELEMENTWISE_END,
  // Operations that know rows: d has one value a row (or, for columns, one per inner element).
  CK_V_ROW_SUM = CK_V_ELEMENTWISE_END, CK_V_ROW_PRODUCT, CK_V_ROW_MAXIMUM, CK_V_ROW_MINIMUM,
  CK_V_COLUMN_SUM, CK_V_COLUMN_PRODUCT, CK_V_COLUMN_MAXIMUM, CK_V_COLUMN_MINIMUM,
  // Spreads one value a row over its row.
  CK_V_SPREAD,
  CK_V_OPS
} ck_vop;

// What an instruction covers: the block's elements, or its rows.
enum { CK_V_OVER_BLOCK, CK_V_OVER_ROWS };

// One instruction; registers by number. ks and k2s name a scalar that replaces k or k2 when the program runs.
typedef struct ck_vinstruction {
  uint16_t op;
  uint8_t type;
  uint8_t over;
  uint16_t d, a, b, c;
  uint16_t ks, k2s;
  double k, k2;
} ck_vinstruction;

// Where a register's elements are.
typedef enum ck_vkind : uint8_t {
  CK_V_SCRATCH,   // in the tile's scratch
  CK_V_DENSE,     // in memory, in iteration order
  CK_V_VIEW,      // in memory, strided; read in place or gathered into scratch
  CK_V_SCALAR,    // one element of memory, splat into scratch when a tile starts
  CK_V_CONSTANT,  // `constant` bits, splat into scratch when a tile starts
  CK_V_ROWS,      // in memory, one value a row, in order
  CK_V_ROW_VIEW,  // in memory, one value a row, strided; gathered into scratch
  CK_V_STORE,     // an output in memory, strided; written from scratch after each block
  CK_V_COLUMNS,   // accumulators, `inner` per row tile and group
  CK_V_PARTIALS,  // one value per row and chunk of the inner axis
  CK_V_FIXED      // one address
} ck_vkind;

typedef struct ck_vregister {
  uint8_t kind, size;
  uint8_t invariant;        // a view whose block is the same for every block of a tile
  uint8_t over;             // for constants and scalars: CK_V_OVER_ROWS if only rows are wanted
  int32_t slot;             // index into the table of addresses
  int64_t offset;           // bytes
  int64_t scratch;          // bytes into the tile's scratch
  int64_t inner_stride;     // elements
  int64_t stride[CK_V_AXES];// elements, along the outer axes
  uint64_t constant;
} ck_vregister;

typedef struct ck_vscalar {
  int32_t slot, type;
  int64_t offset;
} ck_vscalar;

typedef struct ck_vprogram {
  int64_t rows, inner;          // the iteration space; a group of rows is what one column accumulator covers
  int64_t group_rows;           // divides rows
  int64_t block_rows;           // rows a block, 1 when the inner axis is cut
  int64_t block_inner;          // elements of the inner axis a block
  int64_t tile_rows, tile_inner;// a tile's share of a group and of the inner axis (a multiple of the block)
  int64_t row_tiles, inner_tiles; // tiles a group, tiles along the inner axis
  int64_t outer[CK_V_AXES];     // extents whose product is rows, outermost first
  int32_t axes;
  int32_t register_count, instruction_count, scalar_count;
  int64_t scratch_bytes;
  const ck_vregister *registers;
  const ck_vinstruction *instructions;
  const ck_vscalar *scalars;
} ck_vprogram;

#define CK_V_MAX_REGISTERS 96
#define CK_V_MAX_INSTRUCTIONS 96
#define CK_V_MAX_SCALARS 32
#define CK_V_MAX_SCRATCH (384 * 1024)

// The number of tiles of a program.
int64_t ck_vector_tiles(const ck_vprogram *program);

// Runs one tile; tiles may run in any order and at the same time.
void ck_vector_tile(const ck_vprogram *program, void *const *table, int64_t tile);

// A program with the table it reads, as a kernel's arguments.
typedef struct ck_vector_args {
  const ck_vprogram *program;
  void *const *table;
} ck_vector_args;
void ck_vector_run(const void *args, int64_t tile);

// Whether an operation exists for an element type.
int ck_vector_supports(uint16_t op, uint8_t type);
