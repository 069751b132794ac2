import DaedalSyntax

/// Shape patterns while running.
extension Machine {
    /// Matches a value with a pattern. Lists of numbers become tensors in their register.
    func matchShape(_ a: Register, _ match: ShapeMatch, _ base: Register) throws(RuntimeFailure) {
        if match.allowsNone, a.pointee.tag == Tag.none { return }
        if let converted = try self.match(a.value, match.pattern, match, base) { a.store(converted) }
    }

    /// The value converted, or nil if it stays as it is.
    private func match(_ value: Value, _ pattern: ShapeMatch.Pattern, _ whole: ShapeMatch, _ base: Register) throws(RuntimeFailure) -> Value? {
        switch pattern {
        case .record(let fields):
            guard case .record(let record) = value else {
                throw RuntimeFailure("E201", "\(whole.what) is a record \(whole.text); this is \(value.kindWithArticle)", at: currentSpan)
            }
            var values = record.fields
            for (name, inner) in fields {
                guard let at = record.position(of: name) else { throw noMember(name, of: value, at: currentSpan, isCall: false) }
                if let converted = try match(values[at], inner, whole, base) { values[at] = converted }
            }
            return .record(RecordObject(names: record.names, fields: values))
        case .axes(let before, let rest, let hasRest, let after):
            var converted: Value?
            let tensor: TensorObject
            if case .tensor(let given) = value {
                tensor = given
            } else {
                guard let made = try TensorLiteral.tensor(from: value, in: self, at: currentSpan) else {
                    throw RuntimeFailure("E201", "\(whole.what) is a tensor \(whole.text); this is \(value.kindWithArticle)", at: currentSpan)
                }
                tensor = made
                converted = .tensor(made)
            }
            let sizes = tensor.shape.map { Value($0) }
            let fixed = before.count + after.count
            guard sizes.count == fixed || hasRest && sizes.count > fixed else {
                throw misfit(tensor, whole, "it has \(sizes.count) \(sizes.count == 1 ? "axis" : "axes")")
            }
            for (axis, size) in zip(before, sizes) { try self.match(axis, size, tensor, whole, base) }
            for (axis, size) in zip(after, sizes.suffix(after.count)) { try self.match(axis, size, tensor, whole, base) }
            if hasRest { try self.match(rest, Array(sizes[before.count..<(sizes.count - after.count)]), tensor, whole, base) }
            return converted
        }
    }

    private func match(_ axis: ShapeMatch.Axis, _ size: Value, _ tensor: TensorObject, _ whole: ShapeMatch, _ base: Register) throws(RuntimeFailure) {
        guard case .int(let given) = size else { return }
        switch axis {
        case .any, .later: break
        case .literal(let wanted): if given != wanted { throw misfit(tensor, whole, "\(given) stands where \(wanted) must be") }
        case .bind(let register, let name):
            let known = base + register
            if known.pointee.tag == Tag.int {
                if known.pointee.int != given { throw misfit(tensor, whole, "`\(name)` is \(known.pointee.int) already, here it would be \(given)") }
            } else {
                known.set(given)
            }
        case .same(let register, let name):
            let wanted = try integer((base + register).value, at: currentSpan)
            if wanted != given { throw misfit(tensor, whole, "`\(name)` is \(wanted), here is \(given)") }
        }
    }

    private func match(_ rest: ShapeMatch.Rest, _ sizes: [Value], _ tensor: TensorObject, _ whole: ShapeMatch, _ base: Register)
        throws(RuntimeFailure)
    {
        let register: Int
        switch rest {
        case .none: return
        case .bind(let bound), .same(let bound): register = bound
        }
        let known = base + register
        guard case .list(let list) = known.value else { return known.store(.list(sizes)) }
        let same = try Equality.equal(.list(list), .list(sizes), in: self)
        if !same {
            throw misfit(
                tensor, whole,
                "`...` is \(try known.value.quotedText(in: self)) already, here it would be \(try Value.list(sizes).quotedText(in: self))")
        }
    }

    private func misfit(_ tensor: TensorObject, _ whole: ShapeMatch, _ why: String) -> RuntimeFailure {
        RuntimeFailure("E201", "\(whole.what) is \(tensor.shape) and does not fit \(whole.text): \(why)", at: currentSpan)
    }

    /// Arithmetic in a pattern: one axis of a value against a number.
    func checkAxis(_ a: Register, _ wanted: Register, _ check: ShapeMatch.AxisCheck) throws(RuntimeFailure) {
        var value = a.value
        if case .none = value { return wanted.drop() }
        for name in check.path {
            guard case .record(let record) = value, let at = record.position(of: name) else { return }
            value = record.fields[at]
        }
        guard case .tensor(let tensor) = value else { return }
        let size = try integer(wanted.take(), at: currentSpan)
        let at = check.fromEnd ? tensor.shape.rank - 1 - check.position : check.position
        guard tensor.shape.indices.contains(at), let given = tensor.shape[at].known, given != size else { return }
        throw RuntimeFailure(
            "E201", "\(check.what) is \(tensor.shape) and does not fit \(check.text): \(given) stands where \(size) must be", at: currentSpan)
    }

    /// Compares a size with the one that belongs to the model, or binds that.
    func bindSize(_ slot: Register, _ size: Register) throws(RuntimeFailure) {
        guard case .object(let object) = slot.take(), let shared = object as? ModelSize, size.pointee.tag != Tag.unbound else { return }
        let value = size.value
        if case .int(let known)? = shared.value, case .int(let given) = value, known != given {
            throw RuntimeFailure(
                "E201", "`\(shared.name)` is \(known) for this model since it saw its first input; here it would be \(given)", at: currentSpan)
        }
        shared.bind(value)
    }
}
