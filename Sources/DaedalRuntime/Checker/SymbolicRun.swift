import DaedalSyntax

/// What `train` gives, while checking.
package final class SymbolicRun: Object {
    let model: Value
    /// The names that a row of the history has; nil where metrics are not known.
    let columns: [String]?
    init(_ model: Value, columns: [String]?) {
        self.model = model
        self.columns = columns
    }

    override package var kindName: String { "run" }
    override package var memberNames: [String] { ["model", "history", "best", "epochs", "seconds", "stopped"] }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "model": model
        case "epochs": .unknown(.int)
        case "seconds": .unknown(.float)
        case "stopped": .unknown(.string)
        case "history": row.map { .object(SymbolicHistory($0)) } ?? .unknown(.list)
        case "best": row ?? .unknown(.anything)
        default: nil
        }
    }

    /// One epoch of the history.
    var row: Value? {
        columns.map { names in
            .record(
                RecordObject(
                    names: ["epoch"] + names + ["rate", "seconds"],
                    fields: [.unknown(.int)] + names.map { _ in .unknown(.anything) } + [.unknown(.anything), .unknown(.anything)]))
        }
    }
}

/// `run.history` while checking: a list of which only the rows' form is known. Natives see a list of which nothing is known.
final class SymbolicHistory: Object {
    let row: Value
    init(_ row: Value) { self.row = row }
    override var kindName: String { "list" }
    override var memberNames: [String] { ["count"] }
    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? { name == "count" ? .unknown(.int) : nil }
}
