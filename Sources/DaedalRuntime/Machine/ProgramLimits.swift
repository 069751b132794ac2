import DaedalSyntax
import DaedalTensor

/// What the host lets one program use up. Checked while it runs: at loops, calls, and each step of learning.
package struct ProgramLimits {
    /// Nanoseconds that a run may take.
    package var nanoseconds: UInt64?
    /// The most bytes: of tensors, and that the process may gain for other values.
    package var byteCount: Int?
    /// The most calls inside each other.
    package var calls: Int?
    package init() {}

    /// The limits of one run that has begun.
    struct Run {
        let limits: ProgramLimits
        /// The time by the host's monotonic clock at which it must end.
        let deadline: UInt64?
        let startByteCount: Int
    }
}

extension EvaluationContext {
    /// Ends the program if a limit of the host is reached.
    @inline(__always) package func checkLimits(at span: Span) throws(RuntimeFailure) {
        if let run = session.limitedRun { try check(run, at: span) }
    }

    private func check(_ run: ProgramLimits.Run, at span: Span) throws(RuntimeFailure) {
        if let deadline = run.deadline, let limit = run.limits.nanoseconds, session.host.uptime() >= deadline {
            throw RuntimeFailure("E516", "the time limit of \(Self.seconds(limit)) is used up", at: span)
        }
        if let limit = run.limits.byteCount, ResidentMemory.byteCount - run.startByteCount > limit {
            throw RuntimeFailure("E516", "the memory limit of \(limit) bytes is used up", at: span)
        }
    }

    private static func seconds(_ nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds) * 1e-9
        return value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
    }

    /// Ends the program if the user asked for it or a limit is reached.
    package func checkStop(at span: Span) throws(RuntimeFailure) {
        try checkLimits(at: span)
        if session.host.isInterrupted { throw RuntimeFailure("E515", "interrupted", at: span) }
    }
}

extension Session {
    /// Runs `body` as one run under the limits.
    package func limited<Result>(_ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        // A host function that runs a script is part of the run that called it.
        if limitedRun != nil { return try body() }
        let needsLook = limits.nanoseconds != nil || limits.byteCount != nil
        if needsLook {
            limitedRun = ProgramLimits.Run(
                limits: limits, deadline: limits.nanoseconds.map { host.uptime() &+ $0 },
                startByteCount: limits.byteCount == nil ? 0 : ResidentMemory.byteCount)
        }
        defer { limitedRun = nil }
        guard let account = memoryAccount else { return try body() }
        let outcome = MemoryAccount.$current.withValue(account) { () -> Swift.Result<Result, RuntimeFailure> in
            do throws(RuntimeFailure) { return .success(try body()) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
