import DaedalEngine
import DaedalSyntax
import DaedalTensor

/// What one interpreter owns and every room inside the runtime shares: sources, host, engine, seed. Not thread-safe: one evaluation at a time.
package final class Session {
    package let sources: SourceMap
    package let host: any Host
    package var seed: UInt64 = 0 { didSet { random.restart(seed) } }
    /// The number of threads that plans use; nil for as many as there are processors. Set before the first plan is made.
    package var threads: Int?
    /// Whether training computes nothing less exactly than by its plain sum. Set before the first plan is made.
    package var isPrecise = false
    /// What computes plans, made when it is first needed.
    package private(set) lazy var engine = Engine(threads: threads, isPrecise: isPrecise, isTimed: profile != nil)
    /// The plans of values outside of blocks.
    let eagerPlans = EagerPlans()
    /// What the host lets programs use up; set before the first runs.
    package var limits = ProgramLimits() { didSet { memoryAccount = limits.byteCount.map { MemoryAccount(limit: $0) } } }
    /// The account of the program's tensors, if there is a limit.
    private(set) var memoryAccount: MemoryAccount?
    /// The run that is going on under limits.
    @exclusivity(unchecked) var limitedRun: ProgramLimits.Run?
    /// What makes random draws repeatable; `seed(n)` restarts it.
    package let random = RandomState()
    /// Changes whenever a model changes in a way that traces depend on: frozen, loaded, parts replaced.
    @exclusivity(unchecked) package var modelGeneration = 0

    /// What learning has cost so far, for tests and benchmarks.
    @exclusivity(unchecked) package var counters = LearningCounters()

    /// Set while a program runs only for the sake of its plans.
    @exclusivity(unchecked) package var forecast: Forecast?

    /// Where the time of plans goes, if anybody wants to know; set before the first plan is made.
    package var profile: Profile?

    /// The rooms that learn; set before a program runs.
    package var learning: (any LearningHooks)?

    /// The library in `.dl`.
    package let library: Library

    package init(sources: SourceMap = SourceMap(), host: any Host, library: Library = Library()) {
        self.sources = sources
        self.host = host
        self.library = library
    }
}
