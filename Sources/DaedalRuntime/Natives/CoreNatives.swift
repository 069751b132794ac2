import DaedalSyntax
import DaedalTensor

/// The natives on plain values, one file a family.
package enum CoreNatives {
    /// All of them; `NativeTable` finds them by name.
    package static var all: [NativeFunction] { output + conversions + collections + sequences + strings + effects + trials + media }

    /// Builds one: `parameters`, what the checker may do, the body.
    static func native(
        _ name: String, _ parameters: [NativeFunction.Parameter], _ purity: NativeFunction.Purity, _ body: @escaping NativeFunction.Body
    ) -> NativeFunction { NativeFunction(name, parameters, purity, body) }
}

extension NativeCall {
    /// A string argument.
    func text(_ position: Int) throws(RuntimeFailure) -> String {
        guard case .string(let string) = arguments[position] else { throw wrongKind(position, "a string") }
        return string.text
    }

    /// A function argument.
    func callable(_ position: Int) throws(RuntimeFailure) -> Value {
        switch arguments[position] {
        case .function, .model: return arguments[position]
        case .object where context.isChecking: return arguments[position]
        default: throw wrongKind(position, "a function")
        }
    }

    /// The items of anything that a `for` visits one by one and that ends.
    func sequence(_ position: Int) throws(RuntimeFailure) -> [Value] {
        guard let items = try arguments[position].visited(in: context, at: span) else {
            throw wrongKind(position, "a list (or a range, string, dictionary, record or tensor)")
        }
        return items
    }

    /// Calls a function argument.
    func apply(_ function: Value, _ values: Value...) throws(RuntimeFailure) -> Value { try context.call(function, Arguments(values), at: span) }
}

extension Value {
    /// The items that a `for` visits, gathered; nil if it cannot be visited or has no end.
    package func visited(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [Value]? {
        switch self {
        case .list(let list): return list.items
        case .record(let record): return record.fields
        case .range(let range):
            guard let integers = range.integers else { return nil }
            guard let count = range.count, count <= ListObject.mostItems else { throw ListObject.tooLong(at: span) }
            return integers.map { .int($0) }
        case .string(let string): return string.text.map { .string(String($0)) }
        case .dictionary(let dictionary):
            return zip(dictionary.keys, dictionary.values).map { .record(RecordObject(names: nil, fields: [$0.value, $1])) }
        case .tensor(let tensor):
            guard tensor.shape.rank > 0, let count = tensor.shape[0].known else { return nil }
            var rows: [Value] = []
            rows.reserveCapacity(count)
            for row in 0..<count { rows.append(try TensorOperators.subscripted(tensor, [.value(.int(row))], in: context, at: span)) }
            return rows
        case .object(let object):
            guard let iterator = try object.iterator(in: context) else { return nil }
            var items: [Value] = []
            while let item = try iterator.next(in: context) { items.append(item) }
            return items
        default: return nil
        }
    }
}

extension RangeObject {
    /// The integers of a range with both ends.
    package var integers: StrideTo<Int>? {
        guard let start, let end, step != 0 else { return nil }
        return stride(from: start, to: end, by: step)
    }

    /// How many integers a range with both ends has.
    package var count: Int? {
        guard let start, let end, step != 0 else { return nil }
        let (distance, overflow) = end.subtractingReportingOverflow(start)
        guard !overflow else { return nil }
        if step > 0 { return distance <= 0 ? 0 : (distance - 1) / step + 1 }
        return distance >= 0 ? 0 : (distance + 1) / step + 1
    }
}
