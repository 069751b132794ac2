import DaedalTensor

/// The bytes that a process will hold at the height of a program that was planned in this one, by what holds them.
///
/// Planning reads the data and makes the models, so that what the process and its tensors take is measured here; what only a run makes is added.
package struct ProcessBytes: Sendable {
    package private(set) var parts: [TrainingBytes.Part] = []

    /// Of a forecast whose plans run on so many threads.
    package init(_ forecast: Forecast, threads: Int) {
        let live = StoragePool.statistics.liveBytes
        let kept = Dictionary(grouping: forecast.trainings.flatMap(\.bytes.parts), by: \.kind).mapValues {
            $0.reduce(0) { $0 + StoragePool.residentBytes(of: $1.byteCount) }
        }
        let made = kept[.made] ?? 0
        add("process: code, library, program", max(ResidentMemory.byteCount - live, 0))
        add("data", max(live - made, 0))
        add("parameters, state, optimizers", min(made, live))
        add("plans", kept[.plan] ?? 0)
        // What computed values while planning has its scratch already.
        func scratch(_ hasRun: Bool) -> Int {
            forecast.blocks.filter { ($0.title == Forecast.valuesTitle) == hasRun }.map(\.plan.scratchByteCount).max() ?? 0
        }
        add("scratch of kernels", max(scratch(false) - scratch(true), 0) * threads)
        add("batches and copies", kept[.held] ?? 0)
    }

    private mutating func add(_ name: String, _ byteCount: Int) {
        if byteCount > 0 { parts.append(TrainingBytes.Part(name: name, byteCount: byteCount, kind: .held)) }
    }

    /// The whole.
    package var total: Int { parts.reduce(0) { $0 + $1.byteCount } }
}
