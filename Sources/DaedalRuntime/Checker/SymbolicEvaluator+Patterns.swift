import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// Matches a value against a shape pattern: sizes seen for the first time are bound in `scope`, others must be equal.
    func match(_ pattern: ShapePattern, _ value: Value, _ scope: SymbolicScope, at span: Span, subject: String) throws(RuntimeFailure) {
        switch pattern {
        case .record(let fields, _):
            guard case .record(let record) = value else { return }
            for (name, shape) in fields {
                guard let at = record.position(of: name.text) else {
                    throw RuntimeFailure("E202", "\(subject) has no field `\(name.text)`", at: span)
                }
                try match(shape, record.fields[at], scope, at: span, subject: "`\(name.text)`")
            }
        case .axes(let axes, _):
            switch value {
            case .tensor(let tensor): try match(axes, tensor.shape, scope, at: span, subject: subject, pattern: pattern)
            default: bindUnknown(axes, scope)
            }
        }
    }

    private func match(
        _ axes: [AxisPattern], _ shape: Shape, _ scope: SymbolicScope, at span: Span, subject: String, pattern: ShapePattern
    ) throws(RuntimeFailure) {
        let rest = axes.firstIndex { if case .rest = $0 { true } else { false } }
        let fixed = axes.count - (rest == nil ? 0 : 1)
        guard rest == nil ? shape.rank == fixed : shape.rank >= fixed else {
            throw shapeFailure(subject, shape, pattern, "it has \(shape.rank) ax\(shape.rank == 1 ? "is" : "es")", at: span)
        }
        var axis = 0
        for part in axes {
            switch part {
            case .rest(let name, _):
                let count = shape.rank - fixed
                let sizes = Shape(shape[axis..<axis + count])
                axis += count
                try bindRest(name, sizes, scope, subject, shape, pattern, at: span)
            case .size(let expression):
                try matchSize(expression, shape[axis], scope, subject, shape, pattern, at: span)
                axis += 1
            }
        }
    }

    /// The name under which the sizes of a nameless `...` are kept, so that they are the same everywhere in a declaration.
    private static let anonymousRest = "..."

    private func bindRest(
        _ name: Expression?, _ sizes: Shape, _ scope: SymbolicScope, _ subject: String, _ shape: Shape, _ pattern: ShapePattern, at span: Span
    ) throws(RuntimeFailure) {
        let key: String
        switch name?.kind {
        case nil: key = Self.anonymousRest
        case .name(let text): key = text
        default: return
        }
        guard let cell = scope.cells[key] else { return scope.define(key, .list(sizes.map { value(of: $0) })) }
        guard case .list(let bound) = cell.value else { return }
        let known = bound.items.compactMap { size($0) }
        guard known.count == bound.items.count else { return }
        if known.count != sizes.rank || zip(known, sizes).contains(where: { $0.relation(to: $1) == .different }) {
            throw shapeFailure(subject, shape, pattern, "`\(key == "..." ? key : "..." + key)` is \(Shape(known)) elsewhere", at: span)
        }
    }

    private func matchSize(
        _ expression: Expression, _ size: Size, _ scope: SymbolicScope, _ subject: String, _ shape: Shape, _ pattern: ShapePattern, at span: Span
    ) throws(RuntimeFailure) {
        if case .name("_") = expression.kind { return }
        if case .name(let name) = expression.kind, let bound = declaredSize(name, scope) {
            guard let wanted = self.size(bound), wanted.relation(to: size) == .different else { return }
            throw shapeFailure(subject, shape, pattern, "`\(name)` is \(wanted), here is \(size)", at: span)
        }
        if case .name(let name) = expression.kind { return scope.define(name, value(of: size)) }
        guard let value = try? evaluate(expression, scope), let wanted = self.size(value), wanted.relation(to: size) == .different else { return }
        throw shapeFailure(subject, shape, pattern, "the axis should be \(wanted) and is \(size)", at: span)
    }

    /// The value of a size's name if this declaration, or the network around it, has bound it. Outer variables do not count.
    private func declaredSize(_ name: String, _ scope: SymbolicScope) -> Value? {
        if let cell = scope.cells[name] { return cell.value }
        return scope.enclosingModel?.argument(name)
    }

    private func bindUnknown(_ axes: [AxisPattern], _ scope: SymbolicScope) {
        for part in axes {
            switch part {
            case .rest(let name, _):
                if case .name(let text)? = name?.kind, scope.cells[text] == nil { scope.define(text, .unknown(.list)) }
            case .size(let expression):
                if case .name(let name) = expression.kind, name != "_", declaredSize(name, scope) == nil { scope.define(name, .unknown(.int)) }
            }
        }
    }

    private func shapeFailure(_ subject: String, _ shape: Shape, _ pattern: ShapePattern, _ why: String, at span: Span) -> RuntimeFailure {
        RuntimeFailure(
            "E202", "\(subject) is \(shape) and does not fit \(session.sources.source(of: pattern.span).text(pattern.span)): \(why)", at: span)
    }

    /// A tensor that fits a pattern, with fresh symbols for the sizes that are not bound yet; nil when a rank is open.
    func instance(of pattern: ShapePattern, _ scope: SymbolicScope) -> Value? {
        guard case .axes(let axes, _) = pattern else { return nil }
        var sizes: [Size] = []
        for part in axes {
            guard case .size(let expression) = part, sizes.count < Shape.maximumRank else { return nil }
            switch expression.kind {
            case .name("_"): sizes.append(Size.symbol("any"))
            case .name(let name):
                if let bound = declaredSize(name, scope) {
                    guard let size = size(bound) else { return nil }
                    sizes.append(size)
                } else {
                    let symbol = Size.symbol(name)
                    scope.define(name, value(of: symbol))
                    sizes.append(symbol)
                }
            default:
                guard let value = try? evaluate(expression, scope), let size = size(value) else { return nil }
                sizes.append(size)
            }
        }
        return symbolicTensor(Signature(type: .f32, shape: Shape(sizes)))
    }
}
