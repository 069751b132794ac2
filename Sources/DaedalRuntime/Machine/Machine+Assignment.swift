import DaedalSyntax

/// Changes of variables in place.
extension Machine {
    /// Where a variable is: a register, a cell, a capture, a slot of the module.
    private func place(_ i: Instruction, _ base: Register) throws(RuntimeFailure) -> UnsafeMutablePointer<Value> {
        let frame = frames[state.pointee.frameCount - 1]
        let number = Int(i.a)
        switch Place(rawValue: i.flags & 3) ?? .register {
        case .register: return (base + number).pointer
        case .cell: return cell((base + number).pointer)
        case .capture: return cell(frame.captures + number)
        case .module:
            let variables = frame.header.pointee.variables.takeUnretainedValue()
            if !variables.isBound(number) { try bindModule(variables, number) }
            if let variableLog {
                variableLog.noteRead(VariableReference(variables, number))
                variableLog.noteWrite(VariableReference(variables, number))
            }
            return variables.slots + number
        }
    }

    private func cell(_ holder: UnsafeMutablePointer<Value>) -> UnsafeMutablePointer<Value> {
        guard case .object(let object) = holder.pointee, let cell = object as? Cell else { return holder }
        if let variableLog {
            variableLog.noteRead(VariableReference(cell))
            variableLog.noteWrite(VariableReference(cell))
        }
        return withUnsafeMutablePointer(to: &cell.value) { $0 }
    }

    private func register(_ pointer: UnsafeMutablePointer<Value>) -> Register {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: RegisterWord.self)
    }

    /// `xs += [v]`
    @inline(never) func append(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let target = register(try place(i, base)), element = base + Int(i.b)
        if withList(target, { $0.items.append(element.take()) }) { return }
        let span = currentSpan
        try checkBound(target.pointer.pointee, at: span)
        target.store(try Operators.binary(.add, target.pointer.pointee, .list([element.take()]), in: self, at: span))
    }

    private func checkBound(_ value: Value, at span: Span) throws(RuntimeFailure) {
        if case .unknown = value { throw RuntimeFailure("E113", "this is used before it has a value", at: span) }
    }

    /// `x += v` for variables that are no registers.
    func compound(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let target = register(try place(i, base)), operation = FunctionCompiler.operators[i.k], span = currentSpan
        let value = operand(base + Int(i.b), drops: i.c != 0)
        try combine(target, operation, value, at: span)
    }

    private func combine(_ target: Register, _ operation: BinaryOperator, _ value: Value, at span: Span) throws(RuntimeFailure) {
        try checkBound(target.pointer.pointee, at: span)
        if operation == .add, case .list(let added) = value, target.pointee.tag == Tag.list {
            let items = added.items
            if withList(target, { $0.items.append(contentsOf: items) }) { return }
        }
        target.store(try Operators.binary(operation, target.pointer.pointee, value, in: self, at: span))
    }

    /// `xs[i] = v` for a variable in a register.
    @inline(never) func setIndex(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let target = base + Int(i.a), at = base + Int(i.b), new = base + Int(i.c)
        if target.pointee.tag == Tag.list, at.pointee.tag == Tag.int {
            let place = at.pointee.int
            let count = target.withReference { (list: ListObject) in list.items.count } ?? 0
            if place >= 0 && place < count {
                let drops = i.flags & Instruction.dropsC != 0
                _ = withList(target) { $0.items[place] = operand(new, drops: drops) }
                return
            }
        }
        let key = operand(at, drops: i.flags & Instruction.dropsB != 0)
        let value = operand(new, drops: i.flags & Instruction.dropsC != 0)
        if target.pointee.tag == Tag.dictionary, let key = DictionaryKey(key), var dictionary: DictionaryObject = target.takeReference() {
            if !isKnownUniquelyReferenced(&dictionary) { dictionary = dictionary.copy() }
            dictionary[key] = value
            target.pointer.initialize(to: .dictionary(dictionary))
            return
        }
        try assign(target, [.index([.value(key)])], value, nil, constant: nil, [currentSpan])
    }

    /// One step from a container to what is in it.
    private enum Step {
        case index([Index])
        case member(String)
    }

    /// `d["k"][1] += v`, `model.head.weight = v`
    func assignPath(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let path = tables.paths[i.k]
        var next = base + Int(i.b)
        var steps: [Step] = []
        for step in path.steps {
            switch step {
            case .member(let name): steps.append(.member(name))
            case .index(let kinds):
                steps.append(.index(items(kinds, next)))
                next += kinds.count { $0 == .value }
            }
        }
        let value = (base + Int(i.c)).take()
        let target = register(try place(i, base))
        try checkBound(target.pointer.pointee, at: currentSpan)
        try assign(target, steps[...], value, path.operation, constant: path.constant, path.spans[...])
    }

    private func assign(
        _ target: Register, _ steps: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, constant: String?, _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        guard let step = steps.first else {
            if let operation { try combine(target, operation, value, at: currentSpan) } else { target.store(value) }
            return
        }
        let rest = steps.dropFirst(), span = spans.first ?? currentSpan
        // References are changed themselves, whoever holds them.
        switch target.pointer.pointee {
        case .object, .model: return try assign(inReference: target.pointer.pointee, step, rest, value, operation, spans)
        default: break
        }
        if let constant, rest.isEmpty {
            throw RuntimeFailure(
                "E107", "`\(constant)` cannot be changed: `let` binds once", at: span,
                notes: ["lists, dictionaries, records and tensors are values; bind it with `var`"])
        }
        switch (target.pointee.tag, step) {
        case (Tag.list, .index(let items)): try assign(list: target, items, rest, value, operation, constant, spans)
        case (Tag.dictionary, .index(let items)): try assign(dictionary: target, items, rest, value, operation, constant, spans)
        case (Tag.record, _): try assign(record: target, step, rest, value, operation, constant, spans)
        case (Tag.tensor, .index(let items)): try assign(tensor: target, items, rest, value, operation, spans)
        case (_, .index): throw RuntimeFailure("E208", "what is inside \(target.value.kindWithArticle) cannot be assigned", at: span)
        case (_, .member(let name)): throw noMember(name, of: target.value, at: span, isCall: false)
        }
    }

    /// Carries out an assignment in a value that was moved out of its container.
    private func changed(
        _ value: Value, _ rest: ArraySlice<Step>, _ new: Value, _ operation: BinaryOperator?, _ constant: String?, _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) -> Value {
        let holder = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        holder.initialize(to: value)
        defer { holder.deallocate() }
        do throws(RuntimeFailure) {
            try assign(register(holder), rest, new, operation, constant: constant, spans)
        } catch {
            holder.deinitialize(count: 1)
            throw error
        }
        return holder.move()
    }

    private func assign(
        list target: Register, _ items: [Index], _ rest: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, _ constant: String?,
        _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        let span = spans.first ?? currentSpan
        let count = target.withReference { (list: ListObject) in list.items.count } ?? 0
        guard items.count == 1, case .value(let given) = items[0], case .int(let at) = given.asPlain(in: self) else {
            throw RuntimeFailure("E208", "an item of a list is assigned by its number", at: span)
        }
        let place = at < 0 ? at &+ count : at
        guard place >= 0 && place < count else { throw Self.noItem(at, count, at: span) }
        guard var list: ListObject = target.takeReference() else { return }
        if constant == nil, !isKnownUniquelyReferenced(&list) { list = ListObject(list.items) }
        defer { target.pointer.initialize(to: .list(list)) }
        if rest.isEmpty, operation == nil {
            list.items[place] = value
            return
        }
        let old = list.items[place]
        if constant == nil { list.items[place] = .none }
        do throws(RuntimeFailure) {
            let new = try changed(old, rest, value, operation, constant, spans.dropFirst())
            if constant == nil { list.items[place] = new }
        } catch {
            list.items[place] = old
            throw error
        }
    }

    private func assign(
        dictionary target: Register, _ items: [Index], _ rest: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, _ constant: String?,
        _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        let span = spans.first ?? currentSpan
        guard items.count == 1, case .value(let given) = items[0], let key = DictionaryKey(given.asPlain(in: self)) else {
            throw RuntimeFailure("E202", "this cannot be a key", at: span)
        }
        guard var dictionary: DictionaryObject = target.takeReference() else { return }
        if constant == nil, !isKnownUniquelyReferenced(&dictionary) { dictionary = dictionary.copy() }
        defer { target.pointer.initialize(to: .dictionary(dictionary)) }
        if rest.isEmpty, operation == nil {
            dictionary[key] = value
            return
        }
        guard let place = dictionary.index[key] else {
            throw RuntimeFailure("E114", "the dictionary has no key \(try given.quotedText(in: self))", at: span)
        }
        let old = dictionary.values[place]
        if constant == nil { dictionary.values[place] = .none }
        do throws(RuntimeFailure) {
            let new = try changed(old, rest, value, operation, constant, spans.dropFirst())
            if constant == nil { dictionary.values[place] = new }
        } catch {
            dictionary.values[place] = old
            throw error
        }
    }

    private func assign(
        record target: Register, _ step: Step, _ rest: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, _ constant: String?,
        _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        let span = spans.first ?? currentSpan
        guard case .record(let known) = target.value else { return }
        var place: Int?
        switch step {
        case .member(let name):
            place = known.position(of: name)
            if place == nil { throw noMember(name, of: target.value, at: span, isCall: false) }
        case .index(let items):
            if items.count == 1, case .value(let given) = items[0], case .int(let at) = given.asPlain(in: self) {
                place = at < 0 ? at &+ known.fields.count : at
            }
        }
        guard let place, known.fields.indices.contains(place) else {
            throw RuntimeFailure("E502", "there is no such field in a record of \(known.fields.count)", at: span)
        }
        var fields = known.fields
        fields[place] = rest.isEmpty && operation == nil ? value : try changed(fields[place], rest, value, operation, constant, spans.dropFirst())
        if constant == nil { target.store(.record(RecordObject(names: known.names, fields: fields))) }
    }

    private func assign(
        tensor target: Register, _ items: [Index], _ rest: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        let span = spans.first ?? currentSpan
        var new = value
        var items = items
        // `t[i][j] = v` is `t[i, j] = v`.
        for step in rest {
            guard case .index(let more) = step else { throw RuntimeFailure("E208", "a tensor's elements have no members", at: span) }
            items += more
        }
        if let operation {
            guard case .tensor(let tensor) = target.value else { return }
            let old = try TensorOperators.subscripted(tensor, items, in: self, at: span)
            new = try Operators.binary(operation, old, value, in: self, at: span)
        }
        guard var tensor: TensorObject = target.takeReference() else { return }
        defer { target.pointer.initialize(to: .tensor(tensor)) }
        try TensorOperators.assign(new, to: &tensor, items, in: self, at: span)
    }

    private func assign(
        inReference reference: Value, _ step: Step, _ rest: ArraySlice<Step>, _ value: Value, _ operation: BinaryOperator?, _ spans: ArraySlice<Span>
    ) throws(RuntimeFailure) {
        let span = spans.first ?? currentSpan
        switch step {
        case .index(let items):
            guard !rest.isEmpty else { throw RuntimeFailure("E208", "what is inside \(reference.kindWithArticle) cannot be assigned", at: span) }
            let inner = try subscripted(reference, items, at: span)
            _ = try changed(inner, rest, value, operation, "this", spans.dropFirst())
        case .member(let name):
            var new = value
            if !rest.isEmpty || operation != nil {
                let inner = try member(name, of: reference, at: span)
                switch inner {
                case .model, .object:
                    if !rest.isEmpty {
                        _ = try changed(inner, rest, value, operation, nil, spans.dropFirst())
                        return
                    }
                case .list, .record, .dictionary:
                    // `model.blocks[0].weight = t`: the list is the model's and stays, the part in it is a reference.
                    if case .model = reference, !rest.isEmpty, ModelObject.holdsModel(inner) {
                        _ = try changed(inner, rest, value, operation, name, spans.dropFirst())
                        return
                    }
                default: break
                }
                new = try changed(inner, rest, value, operation, nil, spans.dropFirst())
            }
            let isSet: Bool
            switch reference {
            case .model(let model): isSet = try model.setMember(name, to: new, in: self, at: span)
            case .object(let object): isSet = try object.setMember(name, to: new, in: self)
            default: isSet = false
            }
            if !isSet { throw noMember(name, of: reference, at: span, isCall: false) }
        }
    }
}
