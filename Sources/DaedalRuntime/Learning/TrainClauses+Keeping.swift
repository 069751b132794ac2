import DaedalSyntax

/// How often something is done while a model trains.
enum TrainInterval {
    case steps(Int)
    case epochs(Int)
    case seconds(Double)
}

/// `checkpoint "folder", every: 500 steps, keep: 3`.
struct CheckpointClause {
    let folder: String
    /// Every epoch unless said otherwise.
    let every: TrainInterval
    /// How many stay; all of them if nil.
    let keep: Int?
    let span: Span
}

/// `resume`, or `resume "folder or checkpoint"`.
struct ResumeClause {
    /// Nil for the folder of `checkpoint`, where there need not be anything yet.
    let path: String?
    let span: Span
}

extension TrainClauses {
    /// The clause `checkpoint`.
    static func checkpoint(_ code: [ClauseArgument], _ clause: Span, in context: EvaluationContext) throws(RuntimeFailure) -> CheckpointClause {
        var folder: String?, every = TrainInterval.epochs(1), keep: Int?
        for argument in code {
            switch argument.label {
            case nil: folder = try text(argument, "`checkpoint` takes a folder, like `checkpoint \"runs/first\", every: 500 steps`", in: context)
            case "every": every = try interval(argument, in: context)
            case "keep":
                guard case .int(let count) = try argument.evaluate(in: context), count > 0 else {
                    throw RuntimeFailure("E202", "`keep` is a number of checkpoints above 0", at: argument.span)
                }
                keep = count
            case let label?: throw unknown(label, of: "checkpoint", ["every", "keep"], at: argument.span)
            }
        }
        guard let folder else { throw RuntimeFailure("E102", "`checkpoint` needs a folder, like `checkpoint \"runs/first\"`", at: clause) }
        return CheckpointClause(folder: folder, every: every, keep: keep, span: clause)
    }

    /// The clause `resume`.
    static func resume(_ code: [ClauseArgument], _ clause: Span, in context: EvaluationContext) throws(RuntimeFailure) -> ResumeClause {
        guard code.count <= 1 else { throw RuntimeFailure("E103", "`resume` takes at most a folder", at: clause) }
        let path = try code.first.map { (argument) throws(RuntimeFailure) in
            try text(argument, "`resume` takes a folder of checkpoints, or nothing for that of `checkpoint`", in: context)
        }
        return ResumeClause(path: path, span: clause)
    }

    /// The clause `budget`: bytes.
    static func budget(_ code: [ClauseArgument], _ clause: Span, in context: EvaluationContext) throws(RuntimeFailure) -> Int {
        let wanted = "`budget` takes `memory:`, a size like \"2 GB\" or a number of bytes"
        guard code.count == 1, let argument = code.first else { throw RuntimeFailure("E102", wanted, at: clause) }
        if let label = argument.label, label != "memory" { throw unknown(label, of: "budget", ["memory"], at: argument.span) }
        guard argument.label != nil else { throw RuntimeFailure("E102", wanted, at: argument.span) }
        switch try argument.evaluate(in: context) {
        case .int(let bytes) where bytes > 0: return bytes
        case .string(let text):
            guard let bytes = ByteCount.parse(text.text) else { throw RuntimeFailure("E202", wanted, at: argument.span) }
            return bytes
        default: throw RuntimeFailure("E202", wanted, at: argument.span)
        }
    }

    /// A string argument.
    static func text(_ argument: ClauseArgument, _ message: String, in context: EvaluationContext) throws(RuntimeFailure) -> String {
        guard case .string(let text) = try argument.evaluate(in: context), !text.text.isEmpty else {
            throw RuntimeFailure("E202", message, at: argument.span)
        }
        return text.text
    }

    private static func interval(_ argument: ClauseArgument, in context: EvaluationContext) throws(RuntimeFailure) -> TrainInterval {
        let value = try argument.evaluate(in: context)
        guard case .object(let object) = value, let quantity = object as? QuantityObject else {
            throw RuntimeFailure(
                "E202", "`every` needs a unit; this is \(value.kindWithArticle)", at: argument.span,
                fixes: [.init("write `500 steps`, `1 epochs` or `90 seconds`")])
        }
        switch (quantity.unit, quantity.amount) {
        case ("steps", .int(let count)) where count > 0: return .steps(count)
        case ("epochs", .int(let count)) where count > 0: return .epochs(count)
        case ("seconds", _):
            if let seconds = quantity.amount.number, seconds > 0 { return .seconds(seconds) }
        default: break
        }
        throw RuntimeFailure("E202", "`every` is a whole number of steps or epochs above 0, or a time in seconds", at: argument.span)
    }

    private static func unknown(_ label: String, of clause: String, _ known: [String], at span: Span) -> RuntimeFailure {
        RuntimeFailure(
            "E104", "`\(clause)` has no option `\(label)`", at: span, notes: ["it takes \(known.map { "`\($0):`" }.joined(separator: ", "))"],
            fixes: Suggestion.nearest(to: label, in: known).map { [.init("did you mean `\($0)`?")] } ?? [])
    }
}

/// Sizes of memory as people write them.
enum ByteCount {
    private static let units: [(name: String, factor: Double)] = [
        ("b", 1), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40),
    ]

    /// The bytes of a text like `2 GB` (10⁹) or `1.5 GiB` (2³⁰); nil if it is none, or not above 0.
    static func parse(_ text: String) -> Int? {
        let letters = text.lowercased().filter { $0 != " " }
        let digits = letters.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), let unit = units.first(where: { $0.name == letters.dropFirst(digits.count) }) else { return nil }
        return Int(exactly: (number * unit.factor).rounded()).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Three digits and a unit.
    static func text(_ bytes: Int) -> String {
        let value = Double(bytes)
        guard let unit = units[..<5].last(where: { $0.factor <= value }), unit.factor > 1 else { return "\(bytes) bytes" }
        return "\(TrainingProgress.short(value / unit.factor)) \(unit.name.uppercased())"
    }
}
