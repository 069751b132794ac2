import DaedalSyntax

/// The instructions that are not worth a place in the loop.
extension Machine {
    @inline(never) func other(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let a = base + Int(i.a), b = base + Int(i.b)
        switch i.op {
        case .andJoin: try joinLogical(.and, i, base)
        case .orJoin: try joinLogical(.or, i, base)
        case .range: try range(i, base)
        case .list: a.store(.list((0..<Int(i.c)).map { (b + $0).take() }))
        case .listExtend:
            _ = withList(a) { list in for at in 0..<Int(i.c) { list.items.append((b + at).take()) } }
        case .listSpread: a.store(.list(try gather(b, count: Int(i.c), shape: i.k, leading: 0, at: currentSpan).positional))
        case .dictionary: a.store(.dictionary(DictionaryObject()))
        case .dictionaryExtend: try extend(i, base)
        case .record:
            let names = i.k < 0 ? nil : tables.callShapes[i.k].labels.compactMap(\.self)
            if let names, Set(names).count < names.count { throw RuntimeFailure("E105", "a record names a field twice", at: currentSpan) }
            a.store(.record(RecordObject(names: names, fields: (0..<Int(i.c)).map { (b + $0).take() })))
        case .recordSpread:
            let fields = try gather(b, count: Int(i.c), shape: i.k, leading: 0, at: currentSpan)
            guard fields.positional.isEmpty || fields.named.isEmpty else {
                throw RuntimeFailure("E202", "the fields of a record are all named or all without names", at: currentSpan)
            }
            a.store(
                .record(
                    fields.named.isEmpty
                        ? RecordObject(names: nil, fields: fields.positional)
                        : RecordObject(names: fields.named.map(\.name), fields: fields.named.map(\.value))))
        case .text:
            var text = ""
            for at in 0..<Int(i.c) { text += try (b + at).take().text(in: self) }
            a.store(.string(text))
        case .indexMany: try indexMany(i, base)
        case .member: try member(i, base)
        case .unpack: try unpack(i, base)
        case .newCell: a.store(.object(Cell(i.flags == 1 ? .unknown(.anything) : b.take())))
        case .getCell: getCell(a, b.pointer, isVariable: false)
        case .setCell: setCell(a.pointer, b, isNew: true)
        case .getCaptureCell: getCell(a, frames[state.pointee.frameCount - 1].captures + i.k, isVariable: i.flags != 0)
        case .setCaptureCell: setCell(frames[state.pointee.frameCount - 1].captures + i.k, b, isNew: false)
        case .setModule: setModule(i, b)
        case .getLibrary: a.store(try library.value(at: i.k, in: self, at: currentSpan))
        case .checkBound: if a.pointee.tag == Tag.unbound { throw unbound(tables.names[i.k]) }
        case .readSlot:
            guard case .object(let object) = b.value, let slot = object as? SlotObject else { return a.store(b.value) }
            a.store(try slot.read(in: self, at: currentSpan))
        case .writeSlot:
            guard case .object(let object) = a.value, let slot = object as? SlotObject else {
                throw RuntimeFailure("E304", "this was left out by its `if` and cannot be assigned", at: currentSpan)
            }
            try slot.assign(b.take(), in: self, at: currentSpan)
        case .assignPath: try assignPath(i, base)
        case .compound: try compound(i, base)
        case .loopRange: try loopRange(i, base)
        case .loopOver: try loopOver(i, base)
        case .closure: a.store(.function(makeClosure(i.k, base)))
        case .pipe: try pipe(i, base)
        case .compose: try compose(i, base)
        case .matchShape: try matchShape(a, tables.shapes[i.k], base)
        case .checkAxis: try checkAxis(a, b, tables.axes[i.k])
        case .bindSize: try bindSize(b, base + Int(i.c))
        case .declareNetwork: a.store(.function(CompiledNetwork(makeClosure(i.k, base))))
        case .declareOptimizer: a.store(.function(CompiledOptimizer(makeClosure(i.k, base))))
        case .declareDataset:
            let plan = tables.datasets[i.k]
            a.store(try datasetValue(CompiledDataset(makeClosure(plan.prototype, base), plan.declaration), at: currentSpan))
        case .build: try build(i, base)
        case .minimize: try minimize(i, base)
        case .train: try train(i, base)
        default: preconditionFailure("an instruction without meaning: \(i.op)")
        }
    }

    private func range(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let span = currentSpan
        var start: Int?, end: Int?
        if i.flags & 4 != 0 { start = try integer(operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0), at: span) }
        if i.flags & 8 != 0 { end = try integer(operand(base + Int(i.c), drops: i.flags & Instruction.dropsC != 0), at: span) }
        if i.flags & 16 != 0, let last = end {
            guard last < .max else { throw Operators.overflow(at: span) }
            // `..=-1` goes to the very end.
            end = last == -1 && (start == nil || start ?? 0 >= 0) ? nil : last + 1
        }
        (base + Int(i.a)).store(.range(RangeObject(start: start, end: end)))
    }

    private func extend(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        guard case .dictionary(let dictionary) = (base + Int(i.a)).value else { return }
        for at in 0..<Int(i.c) {
            let given = (base + Int(i.b) + 2 * at).take()
            guard let key = DictionaryKey(given.asPlain(in: self)) else {
                throw RuntimeFailure("E202", "\(given.kindWithArticle) cannot be a key", at: currentSpan)
            }
            dictionary[key] = (base + Int(i.b) + 2 * at + 1).take()
        }
    }

    // MARK: Variables elsewhere

    private func getCell(_ a: Register, _ holder: UnsafeMutablePointer<Value>, isVariable: Bool) {
        guard case .object(let object) = holder.pointee, let cell = object as? Cell else { return a.store(holder.pointee) }
        if isVariable, let variableLog { variableLog.noteRead(VariableReference(cell)) }
        a.store(cell.value)
    }

    private func setCell(_ holder: UnsafeMutablePointer<Value>, _ b: Register, isNew: Bool) {
        guard case .object(let object) = holder.pointee, let cell = object as? Cell else { return }
        if !isNew, let variableLog { variableLog.noteWrite(VariableReference(cell)) }
        cell.value = b.take()
    }

    private func setModule(_ i: Instruction, _ b: Register) {
        let variables = frames[state.pointee.frameCount - 1].header.pointee.variables.takeUnretainedValue()
        if i.flags & 4 != 0, let variableLog { variableLog.noteWrite(VariableReference(variables, i.k)) }
        variables[i.k] = b.take()
    }

    /// A name of the top level that has no value yet, or whose reading is noted.
    @inline(never) func getModule(_ a: Register, _ i: Instruction) throws(RuntimeFailure) {
        let variables = frames[state.pointee.frameCount - 1].header.pointee.variables.takeUnretainedValue()
        if !variables.isBound(i.k) {
            do throws(RuntimeFailure) { try bindModule(variables, i.k) } catch {
                // `x.name(…)` with a member of that name has no use for a function that comes later.
                guard i.flags & 8 != 0, error.diagnostic.code == "E113" else { throw error }
                return a.set(0, Tag.unbound)
            }
        }
        if i.flags & 1 != 0, let variableLog { variableLog.noteRead(VariableReference(variables, i.k)) }
        a.store(variables[i.k])
    }

    /// Makes the value of a name at the top level of an imported file.
    func bindModule(_ variables: ModuleVariables, _ slot: Int) throws(RuntimeFailure) {
        let module = modules.first { $0.variables === variables }
        if let module, try module.initialize(slot, in: self, at: currentSpan) { return }
        throw unbound(module?.names.values.first { $0.moduleSlot == slot }?.name ?? "this name")
    }

    private func unbound(_ name: String) -> RuntimeFailure {
        RuntimeFailure("E113", "`\(name)` is used before it has a value", at: currentSpan)
    }

    private func makeClosure(_ prototype: Int, _ base: Register) -> Closure {
        let prototype = tables.prototypes[prototype]
        let captures = frames[state.pointee.frameCount - 1].captures
        return Closure(prototype.code, capturing: prototype.captures.count) { at in
            let (isRegister, index) = prototype.captures[at]
            return isRegister ? (base + index).value : captures[index]
        }
    }
}
