import DaedalData
import DaedalSyntax

/// How many rows before and after its own an example of windows takes: `windows(past: 104)` ends with the example's own row, `windows(future: 8)`
/// begins behind it.
struct WindowExtent {
    private(set) var past = 1
    private(set) var future = 0

    /// What the stages of columns in the value of a clause ask for; nil without windows.
    init?(_ values: [Value]) throws(RuntimeFailure) {
        var stages: [ColumnObject.Stage] = []
        func visit(_ value: Value) {
            switch value {
            case .object(let object): if let column = object as? ColumnObject { stages += column.stages.filter(\.isWindow) }
            case .record(let record): for field in record.fields { visit(field) }
            default: break
            }
        }
        for value in values { visit(value) }
        if stages.isEmpty { return nil }
        for stage in stages {
            let window = try Self.window(stage)
            past = max(past, 1 - window.first)
            future = max(future, window.first + window.count - 1)
        }
    }

    /// The rows that one `windows` asks for.
    static func window(_ stage: ColumnObject.Stage) throws(RuntimeFailure) -> BulkLeaf.Window {
        let given = stage.arguments.named + stage.preset
        func count(_ name: String) throws(RuntimeFailure) -> Int? {
            guard let value = given.first(where: { $0.name == name })?.value else { return nil }
            if case .none = value { return nil }
            guard case .int(let count) = value, count > 0, count < 1 << 30 else {
                throw RuntimeFailure("E202", "`\(name)` of `windows` is a number of rows above 0; this is \(value.shortText)", at: stage.span)
            }
            return count
        }
        let (past, future) = (try count("past"), try count("future"))
        switch (past, future) {
        case (let past?, nil): return .init(first: 1 - past, count: past)
        case (nil, let future?): return .init(first: 1, count: future)
        default:
            throw RuntimeFailure(
                "E202", "`windows` takes `past:` or `future:`, a number of rows", at: stage.span,
                notes: ["`input column(\"x\") |> windows(past: 24)`, `target column(\"x\") |> windows(future: 8)`"])
        }
    }

    /// The rows of a part around which whole windows lie in it: none over a cut, none from one group into another.
    func anchors(_ rows: RowSet, groups: [Int]?) -> RowSet {
        var result: [Int] = [], runs: [Range<Int>] = []
        var from = 0
        while from < rows.count {
            var to = from + 1
            while to < rows.count, rows[to] == rows[to - 1] + 1, groups.map({ $0[rows[to]] == $0[rows[from]] }) ?? true { to += 1 }
            let first = rows[from] + past - 1, end = rows[to - 1] + 1 - future
            if first < end { runs.append(first..<end) }
            from = to
        }
        if runs.count == 1 { return RowSet(runs[0]) }
        for run in runs { result += run }
        return RowSet(result)
    }
}

extension ColumnObject.Stage {
    /// Whether this is `windows(…)`.
    var isWindow: Bool { function.nativeName == "windows" || (function.presetBase?.nativeName == "windows") }

    /// Options that were set before the call: `windows(past: 4)` is a function with an option.
    var preset: [(name: String, value: Value)] {
        guard case .function(let function) = function, let partial = function as? PartialFunction else { return [] }
        return partial.preset
    }
}

extension Value {
    /// The function behind one with options set.
    var presetBase: Value? {
        guard case .function(let function) = self, let partial = function as? PartialFunction else { return nil }
        return partial.base
    }
}
