import DaedalSyntax

/// Indexing, members, loops and taking apart.
extension Machine {
    // MARK: Index

    @inline(never) func index(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let object = base + Int(i.b), at = base + Int(i.c), a = base + Int(i.a)
        if object.pointee.tag == Tag.list, at.pointee.tag == Tag.int {
            var place = at.pointee.int
            let count = object.withReference { (list: ListObject) in list.items.count } ?? 0
            if place < 0 { place = place &+ count }
            guard place >= 0 && place < count else { throw Self.noItem(at.pointee.int, count, at: currentSpan) }
            if i.flags & Instruction.dropsB == 0 {
                _ = element(object, place, into: a)
            } else if case .list(let list) = object.take() {
                a.store(list.items[place])
            }
            return
        }
        let key = operand(at, drops: i.flags & Instruction.dropsC != 0)
        let container = operand(object, drops: i.flags & Instruction.dropsB != 0)
        a.store(try subscripted(container, [.value(key)], at: currentSpan))
    }

    static func noItem(_ at: Int, _ count: Int, at span: Span) -> RuntimeFailure {
        RuntimeFailure("E502", "there is no item \(at) in a list of \(count)", at: span)
    }

    func indexMany(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let items = self.items(tables.indices[i.k], base + Int(i.c))
        let container = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        (base + Int(i.a)).store(try subscripted(container, items, at: currentSpan))
    }

    /// The items between brackets; values are taken from consecutive registers.
    func items(_ kinds: [CodeTables.IndexKind], _ first: Register) -> [Index] {
        var next = first
        return kinds.map { kind in
            switch kind {
            case .newAxis: return .newAxis
            case .rest: return .rest
            case .value:
                next += 1
                return .value((next - 1).take())
            }
        }
    }

    /// `container[items]`
    func subscripted(_ container: Value, _ items: [Index], at span: Span) throws(RuntimeFailure) -> Value {
        switch container {
        case .tensor(let tensor): return try TensorOperators.subscripted(tensor, items, in: self, at: span)
        case .model(let model):
            if let value = try model.subscripted(items, in: self, at: span) { return value }
            throw RuntimeFailure("E208", "a model is indexed by the number of a step or by a range", at: span)
        case .object(let object):
            if let value = try object.subscripted(items, in: self) { return value }
            throw RuntimeFailure("E208", "\(container.kindWithArticle) cannot be indexed", at: span)
        default: break
        }
        guard items.count == 1, case .value(let given) = items[0] else {
            if case .list(let list) = container, TensorLiteral.isNumeric(list),
                let tensor = try TensorLiteral.tensor(from: container, in: self, at: span)
            {
                return try TensorOperators.subscripted(tensor, items, in: self, at: span)
            }
            throw RuntimeFailure("E208", "\(container.kindWithArticle) is indexed by one item", at: span)
        }
        let key = given.asPlain(in: self)
        switch (container, key) {
        case (.list(let list), .int(let at)):
            let place = at < 0 ? at &+ list.items.count : at
            guard list.items.indices.contains(place) else { throw Self.noItem(at, list.items.count, at: span) }
            return list.items[place]
        case (.list(let list), .range(let range)): return .list(try Self.slice(range, list.items.count, at: span).map { list.items[$0] })
        case (.string(let string), .int(let at)):
            let count = string.count, place = at < 0 ? at &+ count : at
            guard let character = string.character(place) else {
                throw RuntimeFailure("E502", "there is no character \(at) in a string of \(count)", at: span)
            }
            return .string(character)
        case (.string(let string), .range(let range)):
            let characters = Array(string.text)
            return .string(String(try Self.slice(range, characters.count, at: span).map { characters[$0] }))
        case (.range(let range), .int(let at)):
            guard let start = range.start, let count = range.count else { throw RuntimeFailure("E208", "an open range cannot be indexed", at: span) }
            let place = at < 0 ? at &+ count : at
            guard place >= 0 && place < count else { throw RuntimeFailure("E502", "there is no item \(at) in a range of \(count)", at: span) }
            return .int(start + place * range.step)
        case (.range(let range), .range(let part)):
            guard let integers = range.integers.map(Array.init) else { throw RuntimeFailure("E208", "an open range cannot be indexed", at: span) }
            return .list(try Self.slice(part, integers.count, at: span).map { .int(integers[$0]) })
        case (.dictionary(let dictionary), _):
            guard let wanted = DictionaryKey(key) else { throw RuntimeFailure("E202", "\(key.kindWithArticle) cannot be a key", at: span) }
            if let value = dictionary[wanted] { return value }
            throw try noKey(key, dictionary, at: span)
        case (.record(let record), .int(let at)):
            let place = at < 0 ? at &+ record.fields.count : at
            guard record.fields.indices.contains(place) else {
                throw RuntimeFailure("E502", "there is no field \(at) in a record of \(record.fields.count)", at: span)
            }
            return record.fields[place]
        case (.record(let record), .string(let name)):
            if let at = record.position(of: name.text) { return record.fields[at] }
            throw noMember(name.text, of: container, at: span, isCall: false)
        case (.list, _), (.string, _), (.range, _), (.record, _):
            throw RuntimeFailure("E208", "\(container.kindWithArticle) is indexed by an integer or a range, not by \(key.kindWithArticle)", at: span)
        default: throw RuntimeFailure("E208", "\(container.kindWithArticle) cannot be indexed", at: span)
        }
    }

    private func noKey(_ key: Value, _ dictionary: DictionaryObject, at span: Span) throws(RuntimeFailure) -> RuntimeFailure {
        var fixes: [Diagnostic.Fix] = []
        if case .string(let text) = key {
            let known = dictionary.keys.compactMap { key -> String? in if case .string(let text) = key { text } else { nil } }
            if let nearest = Suggestion.nearest(to: text.text, in: known) { fixes = [.init("did you mean \(Value.quoted(nearest))?")] }
        }
        return RuntimeFailure("E114", "the dictionary has no key \(try key.quotedText(in: self))", at: span, fixes: fixes)
    }

    /// The positions that a range keeps of so many items: negative ends count from the back, the rest is cut off.
    static func slice(_ range: RangeObject, _ count: Int, at span: Span) throws(RuntimeFailure) -> [Int] {
        func bound(_ given: Int?, _ otherwise: Int) -> Int {
            guard let given else { return otherwise }
            return min(max(given < 0 ? given &+ count : given, 0), count)
        }
        if range.step < 0, range.step != .min {
            let (first, last) = range.backwards(in: count)
            return first > last ? Array(stride(from: first, to: last, by: range.step)) : []
        }
        guard range.step > 0 else { throw RuntimeFailure("E208", "the step of a range cannot be \(range.step)", at: span) }
        let from = bound(range.start, 0), to = bound(range.end, count)
        return from < to ? Array(stride(from: from, to: to, by: range.step)) : []
    }

    // MARK: Members

    func member(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let name = tables.names[i.k]
        let value = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        (base + Int(i.a)).store(try member(name, of: value, at: currentSpan))
    }

    /// `value.name`
    func member(_ name: String, of value: Value, at span: Span) throws(RuntimeFailure) -> Value {
        switch (value, name) {
        case (.record(let record), _): if let at = record.position(of: name) { return record.fields[at] }
        case (.object(let quantity as QuantityObject), "amount"): return quantity.amount
        case (.object(let quantity as QuantityObject), "unit"): return .string(quantity.unit)
        case (.object(let object), _): if let member = try object.member(name, in: self) { return member }
        case (.model(let model), _): if let member = try model.member(name, in: self, at: span) { return member }
        case (.tensor(let tensor), _): if let member = try tensor.member(name, in: self, at: span) { return member }
        case (.list(let list), "count"): return .int(list.items.count)
        case (.string(let string), "count"): return .int(string.count)
        case (.dictionary(let dictionary), "count"): return .int(dictionary.keys.count)
        case (.dictionary(let dictionary), "keys"): return .list(dictionary.keys.map(\.value))
        case (.dictionary(let dictionary), "values"): return .list(dictionary.values)
        case (.range(let range), "count"): if let count = range.count { return .int(count) }
        case (.range(let range), "start"): return range.start.map { .int($0) } ?? .none
        case (.range(let range), "end"): return range.end.map { .int($0) } ?? .none
        case (.list(let list), _) where TensorObject.memberNames.contains(name) && TensorLiteral.isNumeric(list):
            if let tensor = try TensorLiteral.tensor(from: value, in: self, at: span), let member = try tensor.member(name, in: self, at: span) {
                return member
            }
        default: break
        }
        throw noMember(name, of: value, at: span, isCall: false)
    }

    /// The members that a value has.
    package func memberNames(of value: Value) -> [String] {
        switch value {
        case .record(let record): record.names ?? record.fields.indices.map(String.init)
        case .object(is QuantityObject): ["amount", "unit"]
        case .object(let object): object.memberNames
        case .model(let model): model.memberNames
        case .tensor: TensorObject.memberNames
        case .dictionary: ["count", "keys", "values"]
        case .list, .string, .range: ["count"]
        default: []
        }
    }

    func noMember(_ name: String, of value: Value, at span: Span, isCall: Bool) -> RuntimeFailure {
        let names = memberNames(of: value)
        let functions = isCall ? self.names.libraryNames : []
        let nearest = Suggestion.nearest(to: name, in: names + functions)
        var notes: [String] = []
        if case .record = value, nearest == nil, !names.isEmpty { notes = ["it has \(names.map { "`\($0)`" }.joined(separator: ", "))"] }
        if case .model(let model) = value, !isCall, nearest == nil {
            let known = model.memberNames
            notes = ["it has " + known.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (known.count > 12 ? ", …" : "")]
        }
        if !isCall, nearest == nil, self.names.hasLibraryName(name, forLibrary: false) { notes = ["to call the function, write `.\(name)()`"] }
        let what: String =
            switch value {
            case .record: "the record has no field `\(name)`"
            case .none: "`none` has no member `\(name)`"
            case .model(let model) where !isCall: "\(model.name) has no member `\(name)`"
            default: isCall ? "there is no `\(name)` for \(value.kindWithArticle)" : "\(value.kindWithArticle) has no member `\(name)`"
            }
        return RuntimeFailure("E110", what, at: span, notes: notes, fixes: nearest.map { [.init("did you mean `\($0)`?")] } ?? [])
    }

    // MARK: Taking apart

    /// Puts the parts of a record or list into consecutive registers.
    func unpack(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let source = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0), count = Int(i.c)
        let parts: [Value]
        switch source {
        case .record(let record): parts = record.fields
        case .list(let list): parts = list.items
        case .tensor(let tensor) where tensor.shape.rank > 0: parts = try source.visited(in: self, at: currentSpan) ?? []
        default: throw RuntimeFailure("E212", "\(source.kindWithArticle) cannot be taken apart into \(count) names", at: currentSpan)
        }
        guard parts.count == count else {
            throw RuntimeFailure(
                "E212", "\(source.kindWithArticle) of \(parts.count) cannot be taken apart into \(count) name\(count == 1 ? "" : "s")",
                at: currentSpan)
        }
        for (at, part) in parts.enumerated() { (base + Int(i.a) + at).store(part) }
    }

    // MARK: Loops

    /// `for … in a..b`: the next integer and the first past the end.
    func loopRange(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let span = currentSpan
        let start = try integer(operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0), at: span)
        var end = try integer(operand(base + Int(i.c), drops: i.flags & Instruction.dropsC != 0), at: span)
        if i.k != 0 {
            guard end < .max else { throw Operators.overflow(at: span) }
            end += 1
        }
        (base + Int(i.a)).set(start)
        (base + Int(i.a) + 1).set(end)
    }

    /// An integer, also as a tensor of one element.
    func integer(_ value: Value, at span: Span) throws(RuntimeFailure) -> Int {
        switch value {
        case .int(let int): return int
        case .tensor(let tensor) where tensor.shape.rank == 0 && tensor.type.isInteger: return try force(tensor, at: span).int(at: 0)
        default: throw RuntimeFailure("E202", "the end of a range is an integer; this is \(value.kindWithArticle)", at: span)
        }
    }

    /// Begins a loop over anything: the collection and the position in it, or an iterator.
    func loopOver(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let source = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        let a = base + Int(i.a)
        (a + 1).set(0)
        switch source {
        case .range(let range) where range.step == 1 && range.start != nil && range.end != nil:
            a.set(range.start ?? 0)
            (a + 1).set(range.end ?? 0)
        case .list, .dictionary: a.store(source)
        case .range(let range) where range.count != nil: a.store(source)
        case .string(let string): a.store(.list(string.text.map { .string(String($0)) }))
        case .tensor(let tensor) where tensor.shape.rank > 0: a.store(source)
        case .object(let object):
            guard let iterator = try object.iterator(in: self) else {
                throw RuntimeFailure("E213", "`for` cannot visit \(source.kindWithArticle)", at: currentSpan)
            }
            a.store(.object(IteratorObject(iterator)))
        default:
            throw RuntimeFailure("E213", "`for` cannot visit \(source.kindWithArticle)", at: currentSpan)
        }
    }

    /// The next value of a loop that is not over a plain range; false at the end.
    @inline(never) func loopNext(_ a: Register, _ target: Register) throws(RuntimeFailure) -> Bool {
        let at = (a + 1).pointee.int
        if a.pointee.tag == Tag.list {
            guard element(a, at, into: target) else { return false }
            (a + 1).set(at + 1)
            return true
        }
        switch a.value {
        case .dictionary(let dictionary):
            guard at < dictionary.keys.count else { return false }
            target.store(.record(RecordObject(names: nil, fields: [dictionary.keys[at].value, dictionary.values[at]])))
        case .range(let range):
            guard at < range.count ?? 0, let start = range.start else { return false }
            target.set(start + at * range.step)
        case .tensor(let tensor):
            guard let count = tensor.shape[0].known, at < count else { return false }
            target.store(try TensorOperators.subscripted(tensor, [.value(.int(at))], in: self, at: currentSpan))
        case .object(let object):
            guard let box = object as? IteratorObject, let next = try box.iterator.next(in: self) else { return false }
            target.store(next)
        default: return false
        }
        (a + 1).set(at + 1)
        return true
    }
}

/// The position of a loop in something that a `for` visits.
private final class IteratorObject: Object {
    let iterator: ValueIterator
    init(_ iterator: ValueIterator) { self.iterator = iterator }
}

extension StringObject {
    /// The number of characters.
    var count: Int { isSimple ? text.utf8.count : text.count }

    /// Whether every byte is a character.
    private var isSimple: Bool { text.utf8.allSatisfy { $0 < 0x80 && $0 != 0x0D } }

    /// The character at a place, or nil outside.
    func character(_ place: Int) -> String? {
        guard place >= 0 else { return nil }
        if isSimple {
            guard place < text.utf8.count else { return nil }
            return String(text[text.utf8.index(text.startIndex, offsetBy: place)])
        }
        guard let at = text.index(text.startIndex, offsetBy: place, limitedBy: text.endIndex), at < text.endIndex else { return nil }
        return String(text[at])
    }
}
