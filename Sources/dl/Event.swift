import Daedal

/// One JSON object on a line of its own: what `--json` writes. `docs/events.md` says what each holds.
struct Event {
    private var text: String

    /// An event of a kind, with nothing in it yet.
    init(_ kind: String) { text = "{\"event\":\(Self.quoted(kind))" }

    /// The event with another field.
    func add(_ name: String, _ value: String) -> Event { adding(name, Self.quoted(value)) }
    /// The event with another field.
    func add(_ name: String, _ value: Int) -> Event { adding(name, "\(value)") }
    /// The event with another field.
    func add(_ name: String, _ value: Bool) -> Event { adding(name, value ? "true" : "false") }
    /// The event with another field; a number that is not finite is null.
    func add(_ name: String, _ value: Double) -> Event { adding(name, Self.number(value)) }
    /// The event with another field: a list of texts.
    func add(_ name: String, _ values: [String]) -> Event { adding(name, "[" + values.map(Self.quoted).joined(separator: ",") + "]") }
    /// The event with another field: an object of numbers.
    func add(_ name: String, _ values: [(name: String, value: Double)]) -> Event {
        adding(name, "{" + values.map { "\(Self.quoted($0.name)):\(Self.number($0.value))" }.joined(separator: ",") + "}")
    }
    /// The event with another field: a list of lists of whole numbers.
    func add(_ name: String, _ values: [[Int]]) -> Event { adding(name, "\(values)".filter { $0 != " " }) }

    private func adding(_ name: String, _ value: String) -> Event {
        var event = self
        event.text += ",\(Self.quoted(name)):\(value)"
        return event
    }

    /// Writes the event to standard output.
    func write() { Interpreter.standardOutput(text + "}") }

    /// What a program prints.
    static func print(_ text: String) { Event("print").add("text", text).write() }

    private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Event {
    /// What a training tells.
    init(_ event: TrainingEvent) {
        var result = Event("train.\(event.kind.rawValue)").add("model", event.model).add("dataset", event.dataset).add("epoch", event.epoch)
            .add("epochs", event.epochs).add("step", event.step).add("steps", event.steps).add("fraction", event.fraction)
        if !event.values.isEmpty { result = result.add("values", event.values) }
        if let seconds = event.seconds { result = result.add("seconds", seconds) }
        if let stopped = event.stopped { result = result.add("stopped", stopped) }
        if let bytes = event.arenaByteCount { result = result.add("arena", bytes) }
        self = result
    }

    /// One thing that is wrong.
    init(_ diagnostic: Diagnostic, calls: [String] = []) {
        var result = Event("diagnostic").add("severity", diagnostic.severity.rawValue).add("code", diagnostic.code)
            .add("message", diagnostic.message).add("file", diagnostic.file).add("line", diagnostic.line).add("column", diagnostic.column)
            .add("notes", diagnostic.notes).add("fixes", diagnostic.fixes)
        if !calls.isEmpty { result = result.add("calls", calls) }
        self = result
    }
}
