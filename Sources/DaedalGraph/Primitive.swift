// DaedalGraph: what is computed, as values. In: primitives applied to nodes, with symbolic or concrete sizes.
// Out: graphs, their gradients (graph to graph), optimised graphs, reference values. Never: kernels, buffers, syntax.

/// The closed set of operations that everything lowers to. Shape, gradient, reference value, printing and kernel are exhaustive
/// switches over it without `default`, so the compiler lists what a new primitive still lacks.
package enum Primitive: UInt8, Sendable, CaseIterable {
    // Leaves.
    /// A tensor given when the plan runs; attribute `.input(position)`.
    case input
    /// A rank-0 literal; attribute `.scalar(bits)`.
    case constant
    /// The index along an axis: attribute `.axis`, any shape, any numeric type.
    case iota
    /// Counter-based random numbers (Philox 4x32-10), f32: operand 0 is an i64 tensor [2], the stream key and the execution number; attribute `.random`.
    case random

    // Elementwise, one operand, same shape. Float-only but for negate, absolute, sign (numbers) and not (bool).
    case negate, absolute, sign, exponential, logarithm, squareRoot, sine, cosine, hyperbolicTangent, logistic, errorFunction
    case floor, ceiling
    /// To the nearest integer, ties to even.
    case round
    case not
    /// Conversion of the elements to the node's type. Float to integer truncates and saturates (NaN gives 0); to bool is `!= 0`.
    case cast
    /// The same value, through which no gradient flows.
    case stopGradient

    // Elementwise, two operands of the same type and the same shape (broadcasting is explicit, by reshape and expand). Numbers; integers wrap.
    case add, subtract, multiply
    /// Floats only.
    case divide
    /// Integers: a negative exponent gives the truncated reciprocal (0, or ±1 for a base of ±1).
    case power
    /// A NaN on either side gives NaN.
    case minimum, maximum
    /// Floor of the quotient; integers by 0 fail when run.
    case floorDivide
    /// Sign follows the divisor (floats: fmod, plus the divisor where the signs differ); integers by 0 fail when run.
    case remainder
    // Comparisons give bool; `equal` and `notEqual` also take bools.
    case less, lessEqual, equal, notEqual
    // Bool only.
    case and, or
    /// `select(condition, a, b)`, elementwise; the condition is bool.
    case select

    // Movement.
    /// The same elements in row-major order under the node's shape.
    case reshape
    /// Stretches axes of size 1 to the node's shape; the rank is the same.
    case expand
    /// Attribute `.permutation`: result axis i is operand axis p[i].
    case permute
    /// Attribute `.slice(starts, steps)`; the counts are the node's shape.
    case slice
    /// Attribute `.padding(low, high, value)`, all non-negative.
    case pad
    /// Attribute `.axis`; any number of operands.
    case concatenate
    /// Attribute `.axes`: flips them.
    case reverse
    /// `(x, start)`: start is a rank-0 i64; attribute `.axis`; the count is the node's. Out of range fails when run.
    case dynamicSlice
    /// `(x, values, start)`: x with `values` written at `start` along attribute `.axis`. Out of range fails when run.
    case dynamicUpdate
    /// `(x, indices)`: whole slices along attribute `.axis`; indices are i32 or i64 of any shape, which replaces the axis. Out of range fails when run.
    case gather
    /// `(x, indices, values)`: attribute `.scatter(axis, mode)`; the adjoint of gather. Later indices win for `.set`.
    case scatter

    // Reductions over attribute `.axes`, which are removed. sum of bool is i64; an extremum needs an element and of a NaN is NaN.
    case sum, product, maximumOf, minimumOf
    /// The first index of the largest element along attribute `.axis` (removed), i64; a NaN is larger than all.
    case indexOfMaximum
    /// Running sum along attribute `.axis`.
    case cumulativeSum
    /// The stable ascending order along attribute `.axis` as i64 indices; NaN comes last.
    case order

    // Products.
    /// Batched: `[b…, m, k] × [b…, k, n]`, batch axes equal; attribute `.product(transposesLeft, transposesRight)` reads `[b…, k, m]` or `[b…, n, k]`.
    case matrixProduct
    /// `(x [n, c, s…], w [k, c / groups, r…])` → `[n, k, o…]`: cross-correlation with attribute `.window`, 1 to 3 spatial axes.
    case convolution
    /// `(dy [n, k, o…], w)` → `[n, c, s…]` (the node's shape): the adjoint in x.
    case convolutionInputGradient
    /// `(x, dy)` → w's shape (the node's shape): the adjoint in w.
    case convolutionWeightGradient

    // Windows over the trailing spatial axes of `[n, c, s…]`, attribute `.window`; padding never wins a maximum, a NaN does, and a window of
    // nothing but padding has the maximum -∞, which stands nowhere.
    case windowMaximum
    /// `(x, dy [n, c, o…])` → x's shape: dy added where x's window maximum (the first) stands.
    case windowMaximumScatter
    /// `(x, v like x)` → `[n, c, o…]`: v read where x's window maximum (the first) stands.
    case windowMaximumGather
    case windowSum
    /// `(dy)` → the node's shape: the adjoint of windowSum.
    case windowSumScatter

    // Loops.
    /// A loop along the first axis; attribute `.loop`. Its own type and shape are `Loop.signature` and mean nothing; its results are read by `part`.
    case scan
    /// Attribute `.part(k)`: the k-th result of a scan, final carries first, then stacked outputs.
    case part
}
