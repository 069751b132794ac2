import ArgumentParser
import Daedal

/// `dl plan file.dl`
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a program needs before it trains.",
        discussion: """
            Each network's parameters and multiply-adds for one example, and for each `train` the exact bytes that stay allocated while it \
            runs. The program runs up to its `train` and `minimize`; no step is taken, nothing is printed or written.
            """)
    @OptionGroup var events: EventOption
    @Argument(help: "The program, or - for standard input.") var file: String
    @Argument(parsing: .captureForPassthrough, help: "The list args.") var arguments: [String] = []

    func run() throws {
        let plan = try events.plan(file, arguments)
        if events.json {
            events.write(plan.networks)
            for training in plan.trainings {
                Event("training").add("model", training.model).add("dataset", training.dataset ?? "").add("file", training.file)
                    .add("line", training.line).add("bytes", training.byteCount).add("arena", training.arenaByteCount)
                    .add("parts", training.parts.map { ($0.name, Double($0.byteCount)) }).write()
            }
            Event("process").add("bytes", plan.process.reduce(0) { $0 + $1.byteCount })
                .add("parts", plan.process.map { ($0.name, Double($0.byteCount)) }).write()
            return
        }
        var parts: [String] = []
        if !plan.networks.isEmpty { parts.append(networks(plan)) }
        parts += plan.unknown.map { "\($0.name): \($0.why)" }
        parts += plan.trainings.map(text)
        if parts.isEmpty { parts.append("the program trains nothing") }
        parts.append("the whole process, bytes\n" + sum(plan.process))
        if !plan.unreached.isEmpty { parts.append("not reached: \(plan.unreached.joined(separator: ", "))") }
        Interpreter.standardOutput(parts.joined(separator: "\n\n"))
    }

    private func networks(_ plan: ProgramPlan) -> String {
        let rows = plan.networks.map { network in
            [
                network.name, network.inputs.map(\.description).joined(separator: ", "), network.parameters.grouped,
                network.multiplyAdds?.grouped ?? "?",
            ]
        }
        return TextTable(rows: [["network", "input", "parameters", "multiply-adds"]] + rows, leftColumns: 2).text
    }

    private func text(_ training: ProgramPlan.Training) -> String {
        let title = training.dataset.map { "train \(training.model) on \($0)" } ?? "minimize over \(training.model)"
        return "\(title), \(training.file):\(training.line), bytes\n\(sum(training.parts))"
    }

    /// Parts under each other, with their total.
    private func sum(_ parts: [(name: String, byteCount: Int)]) -> String {
        var rows = parts.map { [$0.name, $0.byteCount.grouped] }
        rows.append(["total", parts.reduce(0) { $0 + $1.byteCount }.grouped])
        return TextTable(rows: rows, leftColumns: 1).text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }
}

/// Rows of cells under each other: some columns to the left, the others, numbers, to the right.
struct TextTable {
    let rows: [[String]]
    let leftColumns: Int

    var text: String {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let pad = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (column < leftColumns ? cell + pad : pad + cell)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

extension Int {
    /// The number with its thousands apart.
    var grouped: String {
        var result = ""
        for (i, digit) in String(self).reversed().enumerated() {
            if i > 0 && i % 3 == 0 && digit != "-" { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }
}
