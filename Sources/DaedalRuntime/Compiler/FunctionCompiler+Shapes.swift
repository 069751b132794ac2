import DaedalSyntax

/// Shape patterns: plain sizes first, then arithmetic with what they bound.
extension FunctionCompiler {
    /// Emits the checks and bindings of a function's parameters.
    func shapes(of function: Function) {
        let name = function.name?.text ?? "function"
        for size in scope.sizes {
            size.register = builder.allocateKept()
            builder.emit(.unbind, size.register, at: size.span)
        }
        if let rest = scope.anonymousRest {
            rest.register = builder.allocateKept()
            builder.emit(.unbind, rest.register, at: rest.span)
        }
        if let result = function.result { resultShape = (result, "the result of `\(name)`") }
        var later: [(register: Int, pattern: ShapePattern, what: String)] = []
        for parameter in function.parameters {
            guard let shape = parameter.shape, let variable = resolution.variable(parameter.name) else { continue }
            let what = "`\(parameter.name.text)` of `\(name)`"
            var allowsNone = false
            if let value = parameter.defaultValue, case .none = value.kind { allowsNone = true }
            bind(shape, variable.register, what: what, allowsNone: allowsNone, at: shape.span)
            later.append((variable.register, shape, what))
        }
        for (register, pattern, what) in later { arithmetic(pattern, register, path: [], what: what, whole: pattern) }
        for size in scope.sizes {
            guard let shared = scope.parent?.network?.modelSize(size.name), let position = scope.capturePosition(shared) else { continue }
            let slot = builder.allocate()
            builder.emit(.getCapture, slot, k: position, at: size.span)
            builder.emit(.bindSize, 0, slot, size.register, flags: Instruction.dropsB, at: size.span)
            builder.release(to: slot)
        }
    }

    /// Checks a value against a whole pattern.
    func match(_ pattern: ShapePattern, _ register: Int, what: String, allowsNone: Bool, at span: Span) {
        bind(pattern, register, what: what, allowsNone: allowsNone, at: span)
        arithmetic(pattern, register, path: [], what: what, whole: pattern)
    }

    private func bind(_ pattern: ShapePattern, _ register: Int, what: String, allowsNone: Bool, at span: Span) {
        builder.tables.shapes.append(ShapeMatch(pattern: plain(pattern), what: what, text: text(pattern), allowsNone: allowsNone))
        builder.emit(.matchShape, register, k: builder.tables.shapes.count - 1, at: span)
    }

    private func text(_ pattern: ShapePattern) -> String { file.program.source.text(pattern.span) }

    private func plain(_ pattern: ShapePattern) -> ShapeMatch.Pattern {
        switch pattern {
        case .record(let fields, _): return .record(fields.map { ($0.name.text, plain($0.shape)) })
        case .axes(let axes, _):
            var before: [ShapeMatch.Axis] = [], after: [ShapeMatch.Axis] = []
            var rest = ShapeMatch.Rest.none
            var hasRest = false
            for axis in axes {
                switch axis {
                case .rest(let expression, _):
                    hasRest = true
                    rest = self.rest(expression)
                case .size(let expression):
                    if hasRest { after.append(self.axis(expression)) } else { before.append(self.axis(expression)) }
                }
            }
            return .axes(before: before, rest: rest, hasRest: hasRest, after: after)
        }
    }

    private func rest(_ expression: Expression?) -> ShapeMatch.Rest {
        guard let expression else { return scope.anonymousRest.map { .bind(register: $0.register) } ?? .none }
        guard case .name = expression.kind, case .variable(let variable) = resolution.use(expression.span) else { return .none }
        if variable.kind == .size, variable.owner === scope { return .bind(register: variable.register) }
        return .same(register: loaded(variable, at: expression.span))
    }

    private func axis(_ expression: Expression) -> ShapeMatch.Axis {
        switch expression.kind {
        case .group(let inner): return axis(inner)
        case .integer(let value): return .literal(value)
        case .name("_"): return .any
        case .name(let name):
            guard case .variable(let variable) = resolution.use(expression.span) else { return .any }
            if variable.kind == .size, variable.owner === scope { return .bind(register: variable.register, name: name) }
            return .same(register: loaded(variable, at: expression.span), name: name)
        default: return .later
        }
    }

    /// A register that holds a parameter of the function or of the network around it.
    private func loaded(_ variable: Variable, at span: Span) -> Int {
        if variable.owner === scope, !variable.isCell, !variable.isSlot { return variable.register }
        let register = builder.allocateKept()
        load(variable, into: register, at: span)
        if variable.isSlot { builder.emit(.readSlot, register, register, at: span) }
        return register
    }

    private func arithmetic(_ pattern: ShapePattern, _ register: Int, path: [String], what: String, whole: ShapePattern) {
        switch pattern {
        case .record(let fields, _):
            for field in fields { arithmetic(field.shape, register, path: path + [field.name.text], what: what, whole: whole) }
        case .axes(let axes, _):
            let restAt = axes.firstIndex { if case .rest = $0 { true } else { false } }
            for (at, axis) in axes.enumerated() {
                guard case .size(let expression) = axis, case .later = self.axis(expression) else { continue }
                let fromEnd = restAt.map { at > $0 } ?? false
                let wanted = builder.allocate()
                self.expression(expression, into: wanted)
                builder.tables.axes.append(
                    .init(path: path, position: fromEnd ? axes.count - 1 - at : at, fromEnd: fromEnd, what: what, text: text(whole)))
                builder.emit(.checkAxis, register, wanted, k: builder.tables.axes.count - 1, at: expression.span)
                builder.release(to: wanted)
            }
        }
    }
}
