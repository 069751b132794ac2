import DaedalRuntime

/// What a script may use up. A script that goes beyond ends with an error; the interpreter stays usable.
public struct Limits: Sendable {
    /// How long one run may take: a `run`, a call of a model or function, a training.
    public var time: Duration?
    /// The most memory: of tensors, and that the process may gain for other values while a script runs.
    public var memory: ByteCount?
    /// The most calls of functions inside each other; never more than the interpreter has room for (20,000).
    public var recursion: Int?

    /// Limits what is said and nothing else.
    public init(time: Duration? = nil, memory: ByteCount? = nil, recursion: Int? = nil) {
        (self.time, self.memory, self.recursion) = (time, memory, recursion)
    }

    /// As much as the machine has.
    public static let none = Limits()

    var program: ProgramLimits {
        var limits = ProgramLimits()
        limits.nanoseconds = time.map { time in
            let (seconds, attoseconds) = time.components
            return seconds < 0 ? 0 : UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(max(attoseconds, 0) / 1_000_000_000)
        }
        limits.byteCount = memory?.bytes
        limits.calls = recursion
        return limits
    }
}

/// A number of bytes; multiples are of 1000.
public struct ByteCount: Sendable, Hashable {
    /// The number.
    public let bytes: Int
    /// A number of bytes.
    public static func bytes(_ count: Int) -> ByteCount { ByteCount(bytes: max(count, 0)) }
    /// So many times 10³ bytes.
    public static func kilobytes(_ count: Double) -> ByteCount { scaled(count, 1e3) }
    /// So many times 10⁶ bytes.
    public static func megabytes(_ count: Double) -> ByteCount { scaled(count, 1e6) }
    /// So many times 10⁹ bytes.
    public static func gigabytes(_ count: Double) -> ByteCount { scaled(count, 1e9) }

    private static func scaled(_ count: Double, _ unit: Double) -> ByteCount { ByteCount(bytes: Int(min(max(count * unit, 0), 1e18))) }
}
