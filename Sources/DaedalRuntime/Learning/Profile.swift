import DaedalEngine
import DaedalSyntax

/// Where the time of a program's plans goes: by step and by line.
package final class Profile {
    /// A plan with the place that asked for it and those of its steps.
    private struct Entry {
        let plan: Plan
        let place: Span
        let spans: [Span]
    }
    /// A step or line as it is shown.
    fileprivate struct Cost {
        var seconds = 0.0, operations = 0.0, bytes = 0.0
    }

    private var entries: [Entry] = []
    private var known: Set<ObjectIdentifier> = []

    /// Creates a profile without plans.
    package init() {}

    /// Takes a plan in when it is first met. `span` gives the place of an origin.
    func note(_ plan: Plan, at place: Span, _ span: (UInt32) -> Span?) {
        guard known.insert(ObjectIdentifier(plan)).inserted else { return }
        entries.append(Entry(plan: plan, place: place, spans: plan.steps.map { span($0.origin) ?? place }))
    }

    /// The tables for people: plans with their steps, the longest first, then lines.
    package func report(_ sources: SourceMap) -> String {
        let run = entries.compactMap { entry in entry.plan.times.map { (entry, $0) } }.filter { $0.1.runs > 0 }.sorted { $0.1.seconds > $1.1.seconds }
        let total = run.reduce(0) { $0 + $1.1.seconds }
        if run.isEmpty { return "profile: no plan ran\n" }
        var text = "profile: \(milliseconds(total)) ms in plans\n"
        var lines: [String: Cost] = [:]
        for (entry, times) in run {
            let seconds = times.stepSeconds
            for (i, step) in entry.plan.steps.enumerated() where seconds[i] > 0 {
                let line = Profile.line(entry.spans[i], sources)
                lines[line, default: Cost()].add(seconds[i], step, runs: times.runs)
            }
        }
        for (entry, times) in run.prefix(8) where times.seconds > total / 100 { text += table(entry, times, total, sources) }
        text += "\nby line\n" + Profile.head("line")
        for (line, cost) in lines.sorted(by: { ($1.value.seconds, $0.key) < ($0.value.seconds, $1.key) }).prefix(24) {
            text += row(cost, total, runs: 1, line)
        }
        return text
    }

    private func table(_ entry: Entry, _ times: StepTimes, _ total: Double, _ sources: SourceMap) -> String {
        let each = times.seconds / Double(times.runs)
        var text = "\nplan at \(Profile.line(entry.place, sources)): \(times.runs) runs of \(milliseconds(each)) ms, "
        text += "\(entry.plan.steps.count) steps, arena \(entry.plan.arenaByteCount) bytes\n" + Profile.head("step")
        let seconds = times.stepSeconds
        let order = seconds.indices.sorted { (seconds[$1], $0) < (seconds[$0], $1) }
        for i in order.prefix(32) where seconds[i] > times.seconds / 500 {
            let step = entry.plan.steps[i]
            var cost = Cost()
            cost.add(seconds[i], step, runs: times.runs)
            let tiles = step.tiles > 1 ? ", \(step.tiles) tiles" : ""
            text += row(
                cost, times.seconds, runs: times.runs, "\(i): \(step.name) \(step.signature)\(tiles)  \(Profile.line(entry.spans[i], sources))")
        }
        return text
    }

    private static func head(_ last: String) -> String { "    share          µs  GFLOP/s     GB/s  \(last)\n" }

    private func row(_ cost: Cost, _ total: Double, runs: Int, _ text: String) -> String {
        let share = fixed(100 * cost.seconds / max(total, 1e-12), 1, 7) + " %", time = fixed(1e6 * cost.seconds / Double(max(runs, 1)), 2, 12)
        let rate = cost.operations > 0 ? fixed(cost.operations / cost.seconds / 1e9, 1, 9) : String(repeating: " ", count: 9)
        let flow = cost.bytes > 0 ? fixed(cost.bytes / cost.seconds / 1e9, 1, 9) : String(repeating: " ", count: 9)
        return "\(share)\(time)\(rate)\(flow)  \(text)\n"
    }

    private static func line(_ span: Span, _ sources: SourceMap) -> String {
        if span == .none { return "?" }
        let source = sources.source(of: span)
        return "\(source.name):\(source.line(at: span.start))"
    }

    private func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1e3, 3, 0) }

    /// A number with so many digits after the point, right-aligned.
    private func fixed(_ value: Double, _ digits: Int, _ width: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.isFinite, abs(scaled) < 1e15 else { return "?" }
        let whole = Int64(scaled), unit = Int64(scale)
        var rest = String(abs(whole % unit))
        rest = String(repeating: "0", count: max(digits - rest.count, 0)) + rest
        let text = "\(whole / unit).\(rest)"
        return String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

extension Profile.Cost {
    fileprivate mutating func add(_ time: Double, _ step: Plan.StepDescription, runs: Int) {
        seconds += time
        operations += step.operations * Double(runs)
        bytes += step.bytes * Double(runs)
    }
}
