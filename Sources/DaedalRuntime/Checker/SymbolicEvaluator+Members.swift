import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// `.name` without a call.
    func member(_ subject: Value, _ name: Identifier, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        do throws(RuntimeFailure) {
            if let value = try memberValue(subject, name.text, at: name.span) { return value }
        } catch {
            if error.diagnostic.span == .none { error.diagnostic.span = name.span }
            throw error
        }
        guard let names = memberNames(of: subject) else { return .unknown(.anything) }
        throw missingMember(name, of: subject, names, scope, isCall: false)
    }

    /// Whether something that was called, and could not be followed, may have changed an element of a list or dictionary.
    private var mayHaveChanged: Bool { changesElements && unknownCalls > 0 }

    /// All names that a value answers to; nil where that is not known.
    func memberNames(of subject: Value) -> [String]? {
        switch subject {
        case .record(let record): record.names ?? record.fields.indices.map(String.init)
        case .tensor: TensorObject.memberNames
        case .list(let list): TensorLiteral.isNumeric(list) ? TensorObject.memberNames : ["count"]
        case .string, .range: ["count"]
        case .dictionary: ["count", "keys", "values"]
        case .object(is QuantityObject): ["amount", "unit"]
        case .object(let model as SymbolicModel): model.isOpaque ? nil : model.memberNames
        case .object(let row as SymbolicRow): row.source?.fields == nil ? nil : row.memberNames
        case .object(let object as any SymbolicObject): object.memberNames
        case .int, .float, .bool, .none: []
        default: nil
        }
    }

    /// The refusal of a member that a value does not have, with the nearest name.
    func missingMember(_ name: Identifier, of subject: Value, _ names: [String], _ scope: SymbolicScope, isCall: Bool) -> RuntimeFailure {
        var notes: [String] = []
        let functions = isCall ? scope.visibleNames + session.library.names + NativeTable.names : []
        let nearest = Suggestion.nearest(to: name.text, in: names + functions)
        if nearest == nil, !names.isEmpty, !isCall { notes.append("it has \(names.prefix(12).map { "`\($0)`" }.joined(separator: ", "))") }
        if !isCall, nearest == nil, isFunction(name.text, scope) { notes = ["to call the function, write `.\(name.text)()`"] }
        let what: String =
            switch subject {
            case .record: "the record has no field `\(name.text)`"
            case .none: "`none` has no member `\(name.text)`"
            case .object(let model as SymbolicModel) where !isCall: "the model `\(model.name)` has no part or parameter `\(name.text)`"
            case .object(is SymbolicModule): "the imported file has no `\(name.text)`"
            case .object(is SymbolicRow): "there is no column `\(name.text)`"
            default: isCall ? "there is no `\(name.text)` for \(subject.kindWithArticle)" : "\(subject.kindWithArticle) has no member `\(name.text)`"
            }
        return RuntimeFailure(
            "E110", what, at: name.span, notes: notes, fixes: nearest.map { [.init("did you mean `\($0)`?", span: name.span, replacement: $0)] } ?? []
        )
    }

    private func isFunction(_ name: String, _ scope: SymbolicScope) -> Bool {
        let declared = ArgumentBinding.declaredName(name)
        if let cell = scope.cell(declared) { return cell.value.isFunction }
        return NativeTable.lookup(declared) != nil || session.library.declares(declared, forLibrary: false)
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
            // Only rows whose number of steps differs from batch to batch are filled up.
            case "lengths", "mask":
                let isFull = tensor.shape.rank < 2 || tensor.shape[1].known != nil && tensor.notes?.lengths == nil
                return isFull ? Value.none : .unknown(.anything)
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
            for (at, index) in indices.enumerated() {
                guard case .value(.tensor(let mask)) = index, mask.type == .bool, isComputedInBlock(mask) else { continue }
                throw RuntimeFailure(
                    "E501", "a mask computed inside this block cannot choose elements: how many they are would not be known before it runs",
                    at: items[at].span ?? span, fixes: [.init("keep the shape and choose values: `where(mask, x, 0)`")])
            }
            if indices.contains(where: { if case .value(let value) = $0 { value.hasUnknown } else { false } }) {
                return unknownSlice(tensor, indices)
            }
            return keepMeaning(of: [subject], in: try TensorOperators.subscripted(tensor, indices, in: self, at: span), through: "index", at: span)
        case (.list(let list), .int(let at)?):
            let place = at < 0 ? at + list.items.count : at
            if list.items.indices.contains(place) { return list.items[place] }
            if uncertainty > 0 || mayHaveChanged { return .unknown(.anything) }
            throw RuntimeFailure("E502", "there is no item \(at) in a list of \(list.items.count)", at: span)
        case (.list(let list), .range(let range)?):
            guard range.step == 1 else { return .unknown(.list) }
            let count = list.items.count
            let from = min(max(range.start.map { $0 < 0 ? $0 + count : $0 } ?? 0, 0), count)
            let to = min(max(range.end.map { $0 < 0 ? $0 + count : $0 } ?? count, from), count)
            return .list(Array(list.items[from..<to]))
        case (.record(let record), .int(let at)?): return record.fields.indices.contains(at) ? record.fields[at] : .unknown(.anything)
        case (.dictionary(let dictionary), .string(let key)?):
            if let value = dictionary[.string(key.text)] { return value }
            if uncertainty > 0 || mayHaveChanged { return .unknown(.anything) }
            let known = dictionary.keys.compactMap { key -> String? in if case .string(let text) = key { text } else { nil } }
            let nearest = Suggestion.nearest(to: key.text, in: known)
            throw RuntimeFailure(
                "E114", "the dictionary has no key \(Value.quoted(key.text))", at: items[0].span ?? span,
                notes: nearest == nil && !known.isEmpty ? ["it has \(known.prefix(12).map { Value.quoted($0) }.joined(separator: ", "))"] : [],
                fixes: nearest.map { [.init("did you mean \(Value.quoted($0))?", span: items[0].span, replacement: Value.quoted($0))] } ?? [])
        case (.record(let record), .string(let name)?):
            if let at = record.position(of: name.text) { return record.fields[at] }
            throw missingMember(Identifier(name.text, items[0].span ?? span), of: subject, record.names ?? [], scope, isCall: false)
        case (.list(let list), .unknown(.int)?): return list.items.dropFirst().reduce(list.items.first ?? .unknown(.anything)) { join($0, $1) }
        case (.object(let row as SymbolicRow), let selector?):
            guard let source = row.source else { return .unknown(.anything) }
            if case .range = selector {
                let before = columnSource
                columnSource = .some(source)
                defer { columnSource = before }
                return try columns("columns", selector, at: span)
            }
            return try source.column(selector, at: items[0].span ?? span).map(SymbolicRow.plain) ?? .unknown(.anything)
        case (.object(let history as SymbolicHistory), .int?), (.object(let history as SymbolicHistory), .unknown(.int)?): return history.row
        case (.object(let model as SymbolicModel), .int(let at)?): return model.step(at) ?? .unknown(.anything)
        case (.object(let split as SymbolicSplit), _): return split.example(position, self)
        case (.object(let dataset as SymbolicDataset), _): return SymbolicSplit(dataset, "all").example(position, self)
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

extension IndexItem {
    /// The place of the item.
    fileprivate var span: Span? {
        switch self {
        case .expression(let expression): expression.span
        case .newAxis(let span), .rest(let span): span
        }
    }
}
