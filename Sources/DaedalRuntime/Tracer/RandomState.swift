import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What makes random draws repeatable: the seed, how many draws there were, and the scopes (model initialisation, rows) that fix a key of their own.
///
/// A draw is `Philox(stream key, number)`. Outside of blocks the number counts all draws since the seed; in a block that learns the key mixes the seed
/// with the place of the draw, and the number is the block's execution.
package final class RandomState {
    /// Draws inside a scope depend on the scope's key and their order in it alone.
    private struct Scope {
        let key: UInt64
        var count: UInt64 = 0
    }
    private var seed: UInt64 = 0
    /// How often each place drew: where its count stands, by key.
    private var places: [UInt64: Int] = [:]
    @exclusivity(unchecked) private var counts: [UInt64] = []
    /// Changes whenever counts start again.
    @exclusivity(unchecked) private var era = 0
    private var scopes: [Scope] = []
    /// The current execution of the block that is being traced or replayed.
    @exclusivity(unchecked) package var blockExecution: UInt64 = 0
    /// How many models each network made since the last seed.
    package var modelCounts: [String: Int] = [:]
    /// Mixed into the draws of blocks that learn: the `seed` of the `train` around them.
    @exclusivity(unchecked) package var salt: UInt64 = 0
    /// The part of the seed that `--seed` gives; mixed into every `seed(n)`.
    private var base: UInt64 = 0

    package init() {}

    /// Starts again with the seed of the session.
    package func restart(_ base: UInt64) {
        self.base = base
        reseed(0)
    }

    /// Starts again with `seed(n)`.
    package func reseed(_ number: UInt64) {
        seed = Self.mix(Self.mix(0x5DAE_DA15_EED0, base), number)
        setExecutions([:])
        modelCounts.removeAll()
    }

    /// Where draws stand: the seed, and how often each place drew.
    package struct Snapshot {
        package let seed: UInt64
        /// By place, in ascending order.
        package let executions: [(key: UInt64, value: UInt64)]
        package let modelCounts: [String: Int]
    }

    /// Where draws stand now.
    package var snapshot: Snapshot {
        Snapshot(seed: seed, executions: places.sorted { $0.key < $1.key }.map { ($0.key, counts[$0.value]) }, modelCounts: modelCounts)
    }

    /// Goes on from where draws stood.
    package func restore(_ snapshot: Snapshot) {
        seed = snapshot.seed
        setExecutions(Dictionary(snapshot.executions.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        modelCounts = snapshot.modelCounts
    }

    private func setExecutions(_ executions: [UInt64: UInt64]) {
        places = [:]
        counts = []
        for (key, count) in executions {
            places[key] = counts.count
            counts.append(count)
        }
        era += 1
    }

    /// Where the count of a place stands, found once an era.
    package struct Place {
        fileprivate var era = -1
        fileprivate var index = 0
        package init() {}
    }

    /// Counts one more execution of a place; gives how many there were before.
    private func count(_ key: UInt64, _ place: inout Place) -> UInt64 {
        if place.era != era {
            if let known = places[key] {
                place.index = known
            } else {
                place.index = counts.count
                places[key] = counts.count
                counts.append(0)
            }
            place.era = era
        }
        defer { counts[place.index] += 1 }
        return counts[place.index]
    }

    /// Draws inside `body` are keyed by `key` alone (mixed with the seed): a parameter's path, the row of a dataset.
    package func scoped<Result>(_ key: UInt64, _ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        scopes.append(Scope(key: Self.mix(seed, key)))
        defer { scopes.removeLast() }
        return try body()
    }

    /// Begins the next execution of a block that learns: its number, which no other block shares, is the count of all draws inside.
    package func beginBlock(_ site: UInt64, _ place: inout Place) -> UInt64 {
        let count = count(site, &place)
        blockExecution = salt == 0 ? Self.mix(site, count) : Self.mix(Self.mix(site, count), salt)
        return blockExecution
    }

    /// The key and number of the next draw; in a block that learns it depends on the place.
    package func draw(at place: UInt64, in trace: Trace) -> RandomDraw {
        if !scopes.isEmpty {
            let at = scopes.count - 1
            scopes[at].count += 1
            return RandomDraw(key: Self.mix(scopes[at].key, scopes[at].count), execution: 0, isPerBlock: false)
        }
        guard trace.kind == .eager else {
            let key = Self.mix(seed, place)
            // The same place may draw several times in a block (a layer used twice): each time is a stream of its own.
            let root = trace.root
            let turn = root.draws[key, default: 0]
            root.draws[key] = turn + 1
            return RandomDraw(key: Self.mix(key, turn &+ 0xB10C), execution: blockExecution, isPerBlock: true)
        }
        // Outside of blocks the order of draws is all that counts: after the same `seed(n)` another place draws the same.
        let key = Self.mix(seed, 0xD12A)
        var place = Place()
        let execution = count(key, &place)
        return RandomDraw(key: key, execution: execution, isPerBlock: false)
    }

    /// A well-mixed hash of two numbers (the finaliser of SplitMix64).
    package static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var x = a &* 0x9E37_79B9_7F4A_7C15 &+ b &+ 0x2545_F491_4F6C_DD1D
        x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
        return x ^ x >> 31
    }

    /// The hash of a text: names of files, networks, parameter paths.
    package static func hash(_ text: some Sequence<UInt8>) -> UInt64 {
        var x: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { x = (x ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return x
    }
}

/// One random draw as an input of plans: the stream key and the execution number, i64 [2].
package final class RandomDraw: TraceInput {
    package let key: UInt64
    /// The execution it belongs to; a replayed block gives its own number before the plan runs.
    package var execution: UInt64
    /// Whether the execution number is that of the block around it.
    package let isPerBlock: Bool

    init(key: UInt64, execution: UInt64, isPerBlock: Bool) {
        self.key = key
        self.execution = execution
        self.isPerBlock = isPerBlock
    }

    package static let signature = Signature(type: .i64, shape: [2])
    package var signature: Signature { Self.signature }

    package var currentTensor: Tensor {
        do { return try Tensor([Int64(bitPattern: key), Int64(bitPattern: execution)], shape: [2]) } catch {
            preconditionFailure("no memory for sixteen bytes")
        }
    }
}
