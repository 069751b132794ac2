import DaedalTensor

/// What a node says beside its operands, shape and type. Interned in the graph; compared by value.
package enum Attributes: Hashable, Sendable {
    case none
    /// The position among the plan's inputs.
    case input(Int)
    /// The literal: bool as 0 or 1, integers as Int64 bits, f32 and f64 as the bits of a Double.
    case scalar(bits: UInt64)
    case axis(Int)
    /// In ascending order.
    case axes([Int])
    case permutation([Int])
    /// The first index kept and the positive step, per axis.
    case slice(starts: [Size], steps: [Int])
    case padding(low: [Size], high: [Size], value: Double)
    case scatter(axis: Int, mode: ScatterMode)
    case product(transposesLeft: Bool, transposesRight: Bool)
    case window(Window)
    case random(Distribution)
    case loop(Loop)
    case part(Int)
}

/// What `scatter` does where indices meet what is there.
package enum ScatterMode: UInt8, Sendable { case set, add, maximum }

/// The distribution of `random`: uniform in [0, 1) with 24 bits, or standard normal (Box–Muller).
package enum Distribution: UInt8, Sendable { case uniform, normal }

/// A sliding window over spatial axes: of a convolution (whose kernel is the weight's shape) or of pooling.
package struct Window: Hashable, Sendable {
    /// The kernel's extent per spatial axis.
    package var kernel: [Int]
    package var stride: [Int]
    /// Zeros (or, for a maximum, nothing) before each axis.
    package var paddingLow: [Int]
    /// Zeros (or, for a maximum, nothing) after each axis.
    package var paddingHigh: [Int]
    package var dilation: [Int]
    /// Channels are split into that many groups; 1 for pooling.
    package var groups: Int

    package init(kernel: [Int], stride: [Int], paddingLow: [Int], paddingHigh: [Int], dilation: [Int], groups: Int = 1) {
        self.kernel = kernel
        self.stride = stride
        self.paddingLow = paddingLow
        self.paddingHigh = paddingHigh
        self.dilation = dilation
        self.groups = groups
    }
}

/// The body of a scan. Its inputs are, in order: the carries, one element of each sequence, the constants.
/// The scan's operands are the initial carries, the sequences `[length, …]`, the constants; its parts the final carries, then the stacked outputs.
package final class Loop: Hashable, Sendable {
    package let body: Graph
    /// The nodes of the body that are the next carries, then those that are stacked.
    package let carryResults: [NodeID]
    package let stackedResults: [NodeID]
    /// How many of the operands are sequences.
    package let sequenceCount: Int
    package let length: Size
    /// Whether the loop visits the sequences (and stacks its outputs) from the last element to the first.
    package let isReversed: Bool

    package init(body: Graph, carryResults: [NodeID], stackedResults: [NodeID], sequenceCount: Int, length: Size, isReversed: Bool) {
        self.body = body
        self.carryResults = carryResults
        self.stackedResults = stackedResults
        self.sequenceCount = sequenceCount
        self.length = length
        self.isReversed = isReversed
    }

    package var carryCount: Int { carryResults.count }

    package static func == (a: Loop, b: Loop) -> Bool {
        a === b
            || (a.length == b.length && a.isReversed == b.isReversed && a.sequenceCount == b.sequenceCount && a.carryResults == b.carryResults
                && a.stackedResults == b.stackedResults && a.body == b.body)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(body.structuralHash)
        hasher.combine(carryResults)
        hasher.combine(stackedResults)
        hasher.combine(isReversed)
    }
}
