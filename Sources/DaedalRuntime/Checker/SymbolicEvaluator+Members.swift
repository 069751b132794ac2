import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// `.name` without a call.
    func member(_ subject: Value, _ name: Identifier, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        if let value = try memberValue(subject, name.text, at: name.span) { return value }
        switch subject {
        case .unknown, .size: return .unknown(.anything)
        case .record(let record):
            let names = record.names ?? record.fields.indices.map(String.init)
            let nearest = Suggestion.nearest(to: name.text, in: names)
            throw RuntimeFailure(
                "E110", "the record has no field `\(name.text)`", at: name.span,
                notes: nearest == nil ? ["it has \(names.map { "`\($0)`" }.joined(separator: ", "))"] : [],
                fixes: nearest.map { [Diagnostic.Fix("did you mean `\($0)`?")] } ?? [])
        default: return .unknown(.anything)
        }
    }

    /// The member of a value, or nil if it has none of that name.
    func memberValue(_ subject: Value, _ name: String, at span: Span) throws(RuntimeFailure) -> Value? {
        switch subject {
        case .record(let record): return record.position(of: name).map { record.fields[$0] }
        case .tensor(let tensor):
            switch name {
            case "shape": return .list(tensor.shape.map { value(of: $0) })
            case "rank": return .int(tensor.shape.rank)
            case "count": return value(of: tensor.shape.elementCountSize)
            case "dtype": return .object(ElementTypeObject(tensor.type))
            case "lengths", "mask": return .unknown(.anything)
            default: return nil
            }
        case .string(let string): return name == "count" ? .int(string.text.count) : nil
        case .range(let range): return name == "count" ? range.count.map { .int($0) } : nil
        case .list(let list):
            if name == "count" { return .int(list.items.count) }
            guard TensorObject.memberNames.contains(name) else { return nil }
            if subject.hasUnknown { return .unknown(.anything) }
            guard TensorLiteral.isNumeric(list), let tensor = try TensorLiteral.tensor(from: subject, in: self, at: span) else { return nil }
            return try tensor.member(name, in: self, at: span)
        case .dictionary(let dictionary):
            switch name {
            case "count": return .int(dictionary.keys.count)
            case "keys": return .list(dictionary.keys.map(\.value))
            case "values": return .list(dictionary.values)
            default: return nil
            }
        case .object(let quantity as QuantityObject):
            return name == "amount" ? quantity.amount : name == "unit" ? .string(quantity.unit) : nil
        case .object(let model as SymbolicModel): return try model.member(name, in: self, at: span)
        case .object(let object): return try object.member(name, in: self)
        default: return nil
        }
    }

    /// `subject[items]`.
    func index(_ subject: Value, _ items: [IndexItem], _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) -> Value {
        var indices: [Index] = []
        for item in items {
            switch item {
            case .newAxis: indices.append(.newAxis)
            case .rest: indices.append(.rest)
            case .expression(let expression): indices.append(.value(try evaluate(expression, scope)))
            }
        }
        var position: Value?
        if indices.count == 1, case .value(let value) = indices[0] { position = value }
        switch (subject, position) {
        case (.tensor(let tensor), _):
            if indices.contains(where: { if case .value(let value) = $0 { value.hasUnknown } else { false } }) {
                return unknownSlice(tensor, indices)
            }
            return keepMeaning(of: [subject], in: try TensorOperators.subscripted(tensor, indices, in: self, at: span), through: "index")
        case (.list(let list), .int(let at)?):
            let place = at < 0 ? at + list.items.count : at
            if list.items.indices.contains(place) { return list.items[place] }
            if uncertainty > 0 { return .unknown(.anything) }
            throw RuntimeFailure("E502", "there is no item \(at) in a list of \(list.items.count)", at: span)
        case (.list(let list), .range(let range)?):
            guard range.step == 1 else { return .unknown(.list) }
            let count = list.items.count
            let from = min(max(range.start.map { $0 < 0 ? $0 + count : $0 } ?? 0, 0), count)
            let to = min(max(range.end.map { $0 < 0 ? $0 + count : $0 } ?? count, from), count)
            return .list(Array(list.items[from..<to]))
        case (.record(let record), .int(let at)?): return record.fields.indices.contains(at) ? record.fields[at] : .unknown(.anything)
        case (.dictionary(let dictionary), .string(let key)?): return dictionary[.string(key.text)] ?? .unknown(.anything)
        case (.object(let model as SymbolicModel), .int(let at)?): return model.step(at) ?? .unknown(.anything)
        case (.object(let split as SymbolicSplit), _): return split.example(position, self)
        case (.list, _): return .unknown(position.map { if case .range = $0 { true } else { false } } == true ? .list : .anything)
        default: return .unknown(.anything)
        }
    }

    /// A tensor indexed by integers and ranges whose values are unknown: the rank is known as long as the items' kinds are.
    private func unknownSlice(_ tensor: TensorObject, _ indices: [Index]) -> Value {
        var sizes: [Size] = []
        var axis = 0
        for index in indices {
            guard axis < tensor.shape.rank else { return .unknown(.tensor) }
            switch index {
            case .newAxis: sizes.append(1)
            case .value(.int), .value(.size), .value(.unknown(.int)): axis += 1
            default: return .unknown(.tensor)
            }
        }
        sizes += tensor.shape[axis...]
        return symbolicTensor(.init(type: tensor.type, shape: Shape(sizes)))
    }
}
