import DaedalTensor

extension Value {
    /// How many elements of a tensor are shown inside another value.
    private static let shownInside = 100

    /// The text that `print` shows: strings bare, tensors evaluated.
    package func text(in context: EvaluationContext) throws(RuntimeFailure) -> String {
        if case .string(let string) = self { return string.text }
        return try quotedText(in: context)
    }

    /// The text inside containers: strings in quotes.
    package func quotedText(in context: EvaluationContext, depth: Int = 0) throws(RuntimeFailure) -> String {
        // Containers hold values, never themselves; the bound only guards the stack against absurd nesting.
        if depth > 200 { return "…" }
        switch self {
        case .none: return "none"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .float(let value): return Value.text(of: value)
        case .string(let string): return Value.quoted(string.text)
        case .range(let range):
            let bounds = "\(range.start.map { String($0) } ?? "")..\(range.end.map { String($0) } ?? "")"
            return range.step == 1 ? bounds : "range(\(range.start ?? 0), \(range.end ?? 0), step: \(range.step))"
        case .list(let list):
            var parts: [String] = []
            for item in list.items { parts.append(try item.quotedText(in: context, depth: depth + 1)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .dictionary(let dictionary):
            var parts: [String] = []
            for (key, value) in zip(dictionary.keys, dictionary.values) {
                parts.append(try key.value.quotedText(in: context, depth: depth + 1) + ": " + value.quotedText(in: context, depth: depth + 1))
            }
            return parts.isEmpty ? "[:]" : "[" + parts.joined(separator: ", ") + "]"
        case .record(let record):
            var parts: [String] = []
            for (at, field) in record.fields.enumerated() {
                let text = try field.quotedText(in: context, depth: depth + 1)
                parts.append(record.names.map { "\($0[at]): \(text)" } ?? text)
            }
            return "(" + parts.joined(separator: ", ") + (record.fields.count == 1 && record.names == nil ? ",)" : ")")
        case .tensor(let tensor): return try Self.text(of: tensor, isInside: depth > 0, in: context)
        case .function(let function): return "<\(function.name)>"
        case .model(let model): return model.text
        case .object(let object): return object.text
        case .size(let size): return size.description
        case .unknown: return "?"
        }
    }

    /// A tensor's contents. A list of parameters or a record of results is read for its outline, so that a tensor inside another value is shown by
    /// its type and shape if it is large or a vector that does not fit on a line.
    private static func text(of tensor: TensorObject, isInside: Bool, in context: EvaluationContext) throws(RuntimeFailure) -> String {
        let outline = "<tensor \(tensor.type.name) \(tensor.shape)>"
        if isInside, tensor.shape.elementCount.map({ $0 > shownInside }) ?? false { return outline }
        let text = TensorPrinter.text(of: try context.force(tensor, at: .none))
        return isInside && tensor.shape.rank == 1 && text.contains("\n") ? outline : text
    }

    /// The shortest text that reads back as the same float, always with `.` or `e`.
    package static func text(of float: Double) -> String {
        if float.isNaN { return "nan" }
        if float.isInfinite { return float < 0 ? "-infinity" : "infinity" }
        return float.description
    }

    /// A string as it would be written in a program.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
