import Synchronization

/// How long the steps of one plan took, over all of its runs.
package final class StepTimes: Sendable {
    private struct Sums {
        var steps: [Int64]
        var runs = 0
        var total: Int64 = 0
    }
    private let sums: Mutex<Sums>

    init(steps: Int) { sums = Mutex(Sums(steps: Array(repeating: 0, count: steps))) }

    func add(_ nanoseconds: Int64, at step: Int) { sums.withLock { $0.steps[step] += nanoseconds } }

    func addRun(_ nanoseconds: Int64) {
        sums.withLock {
            $0.runs += 1
            $0.total += nanoseconds
        }
    }

    /// Finished runs.
    package var runs: Int { sums.withLock { $0.runs } }
    /// Seconds of all finished runs.
    package var seconds: Double { sums.withLock { Double($0.total) / 1e9 } }
    /// Seconds of each step in all runs; a loop's are at its first line.
    package var stepSeconds: [Double] { sums.withLock { $0.steps.map { Double($0) / 1e9 } } }
}
