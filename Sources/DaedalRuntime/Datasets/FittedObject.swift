import DaedalData
import DaedalSyntax
import DaedalTensor

/// `Name.fitted("user")`: what was learned of a column from the training rows.
final class FittedObject: Object {
    private let column: String
    private let fitted: Dataset.Fitted

    init(_ column: String, _ fitted: Dataset.Fitted) {
        self.column = column
        self.fitted = fitted
    }

    override var kindName: String { "fitted column" }
    override var text: String { "<fitted \(column)>" }
    override var memberNames: [String] {
        switch fitted {
        case .statistics: ["count", "mean", "std", "encode", "decode", "inverse"]
        case .vocabulary: ["count", "index", "encode", "decode", "inverse", "unknown"]
        case .tokenizer: ["count", "index", "encode", "decode", "inverse", "start", "end", "unknown"]
        }
    }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch fitted {
        case .statistics(let statistics, let isStandardizing): statistic(name, statistics, isStandardizing)
        case .vocabulary(let vocabulary, let offset): word(name, vocabulary, offset)
        case .tokenizer(let tokenizer): token(name, tokenizer)
        }
    }

    // MARK: Statistics

    private func statistic(_ name: String, _ statistics: ColumnStatistics, _ isStandardizing: Bool) -> Value? {
        func numbers(_ values: [Double]) -> Value { values.count == 1 ? .float(values[0]) : .list(values.map { .float($0) }) }
        switch name {
        case "count": return .int(statistics.count)
        case "mean": return numbers(statistics.mean)
        case "std": return numbers(statistics.std)
        case "encode", "inverse", "decode":
            guard let map = isStandardizing ? statistics.standardizing : statistics.normalizing else { return nil }
            let isInverse = name != "encode"
            // x · scale + shift, and back.
            let scale = numbers(isInverse ? map.scale.map { 1 / $0 } : map.scale)
            let shift = numbers(isInverse ? map.shift.map { -$0 } : map.shift)
            return .function(
                NativeFunction(name, [.init("x")], .symbolic) { (call) throws(RuntimeFailure) in
                    func combined(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws(RuntimeFailure) -> Value {
                        if let x = a.number, let y = b.number { return .float(operation == .add ? x + y : x * y) }
                        return try TensorOperators.binary(operation, a, b, in: call.context, at: call.span)
                    }
                    if isInverse { return try combined(.multiply, combined(.add, call[0], shift), scale) }
                    return try combined(.add, combined(.multiply, call[0], scale), shift)
                })
        default: return nil
        }
    }

    // MARK: Vocabularies

    private func word(_ name: String, _ vocabulary: Vocabulary, _ offset: Int) -> Value? {
        func key(_ value: Value) -> Vocabulary.Key? {
            switch value {
            case .int(let number): .integer(number)
            case .string(let text): .text(text.text)
            case .bool(let flag): .integer(flag ? 1 : 0)
            default: nil
            }
        }
        switch name {
        case "count": return .int(vocabulary.keys.count + offset)
        case "unknown": return offset > 1 ? .int(1) : Value.none
        case "index", "encode":
            return Self.numbering(name) { (value, call) throws(RuntimeFailure) in
                guard let number = key(value).flatMap({ vocabulary[$0] }) else {
                    if offset > 1 { return .int(1) }
                    throw call.failure("E403", "\(value.shortText) is not in the vocabulary")
                }
                return .int(number + offset)
            }
        case "decode", "inverse":
            return .function(
                NativeFunction(name, [.init("index")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    try Self.mapped(call[0], call) { number in
                        vocabulary.keys.indices.contains(number - offset) ? Value(vocabulary.keys[number - offset].fieldValue) : .none
                    }
                })
        default: return nil
        }
    }

    /// A function of one value or of each in a list.
    private static func numbering(_ name: String, _ body: @escaping (Value, NativeCall) throws(RuntimeFailure) -> Value) -> Value {
        .function(
            NativeFunction(name, [.init("value")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                guard case .list(let list) = call[0] else { return try body(call[0], call) }
                let made = call
                return .list(try list.items.map { (item) throws(RuntimeFailure) in try body(item, made) })
            })
    }

    /// What each number of a value stands for, in the form of the value.
    private static func mapped(_ value: Value, _ call: NativeCall, _ one: (Int) -> Value) throws(RuntimeFailure) -> Value {
        switch value {
        case .int(let number): return one(number)
        case .float(let number) where number == number.rounded() && abs(number) < 1e15: return one(Int(number))
        case .list(let list):
            return .list(try list.items.map { (item) throws(RuntimeFailure) in try mapped(item, call, one) })
        case .tensor(let tensor):
            return try mapped(
                tensor.shape.rank == 0
                    ? call.context.force(tensor, at: call.span).plain(at: 0) : TensorConversion.list(tensor, in: call.context, at: call.span), call,
                one)
        default: throw call.wrongKind(0, "numbers")
        }
    }

    // MARK: Tokenizers

    private func token(_ name: String, _ tokenizer: any Tokenizer) -> Value? {
        switch name {
        case "count": return .int(tokenizer.count)
        case "start": return .int(tokenizer.start)
        case "end": return .int(tokenizer.end)
        case "unknown": return .int(tokenizer.unknown)
        case "index":
            return Self.numbering(name) { (value, call) throws(RuntimeFailure) in
                guard case .string(let token) = value else { throw call.wrongKind(0, "a token as text") }
                return .int(tokenizer.index(of: token.text) ?? tokenizer.unknown)
            }
        case "encode":
            return Self.numbering(name) { (value, call) throws(RuntimeFailure) in
                guard case .string(let text) = value else { throw call.wrongKind(0, "text") }
                return .list(tokenizer.encode(text.text).map { .int($0) })
            }
        case "decode", "inverse":
            return .function(
                NativeFunction(name, [.init("tokens")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    try Self.decoded(call[0], call, tokenizer)
                })
        default: return nil
        }
    }

    /// The text of a row of tokens, or the texts of several rows.
    private static func decoded(_ value: Value, _ call: NativeCall, _ tokenizer: any Tokenizer) throws(RuntimeFailure) -> Value {
        switch value {
        case .int(let number): return .string(tokenizer.decode([number]))
        case .tensor(let tensor):
            if tensor.shape.rank == 0 { return .string(tokenizer.decode([try call.context.force(tensor, at: call.span).int(at: 0)])) }
            return try decoded(TensorConversion.list(tensor, in: call.context, at: call.span), call, tokenizer)
        case .list(let list):
            var numbers: [Int] = []
            for item in list.items {
                switch item {
                case .int(let number): numbers.append(number)
                case .float(let number) where number == number.rounded() && abs(number) < 1e15: numbers.append(Int(number))
                case .tensor(let tensor) where tensor.shape.rank == 0: numbers.append(try call.context.force(tensor, at: call.span).int(at: 0))
                case .list, .tensor:
                    return .list(try list.items.map { (item) throws(RuntimeFailure) in try decoded(item, call, tokenizer) })
                default: throw call.wrongKind(0, "numbers of tokens")
                }
            }
            return .string(tokenizer.decode(numbers))
        default: throw call.wrongKind(0, "numbers of tokens")
        }
    }
}
