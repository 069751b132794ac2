// The height of a tree: later stages walk it by recursion, so the parser keeps it under a limit.

extension Expression.Kind {
    /// The height of the highest child; 0 for a leaf.
    @inline(never) var childHeight: Int {
        switch self {
        case .invalid, .none, .boolean, .integer, .float, .name: 0
        case .quantity(let value, _), .group(let value), .unary(_, let value), .member(let value, _): value.height
        case .string(let parts):
            parts.reduce(0) {
                if case .interpolation(let value) = $1 { max($0, value.height) } else { $0 }
            }
        case .record(let items): items.height
        case .list(let items): items.reduce(0) { max($0, $1.height) }
        case .dictionary(let entries): entries.reduce(0) { max($0, $1.key.height, $1.value.height) }
        case .binary(_, let left, _, let right): max(left.height, right.height)
        case .comparison(let operands, _): operands.reduce(0) { max($0, $1.height) }
        case .range(let low, let high, _): max(low?.height ?? 0, high?.height ?? 0)
        case .call(let function, let arguments): max(function.height, arguments.height)
        case .index(let base, let items):
            items.reduce(base.height) {
                if case .expression(let value) = $1 { max($0, value.height) } else { $0 }
            }
        case .lambda(let function): function.height
        case .conditional(let branches, let otherwise):
            branches.reduce(otherwise?.height ?? 0) { max($0, $1.condition.height, $1.body.height) }
        case .minimize(let subjects, let body): subjects.reduce(body.height) { max($0, $1.subject.height, $1.optimizer.height) }
        case .train(let model, let data, let clauses): max(model.height, data.height, clauses.height)
        }
    }
}

extension Statement.Kind {
    /// The height of the highest child; 0 for a leaf.
    @inline(never) var childHeight: Int {
        switch self {
        case .invalid, .returnValue(nil), .breakLoop, .continueLoop, .importModule, .input: 0
        case .expression(let value), .returnValue(.some(let value)): value.height
        case .binding(_, let bindings): bindings.reduce(0) { max($0, $1.value.height) }
        case .assignment(let target, _, let value): max(target.height, value.height)
        case .function(let function), .forward(let function), .update(let function): function.height
        case .forLoop(_, let subject, let body), .whileLoop(let subject, let body): max(subject.height, body.height)
        case .network(let network): max(network.parameters.height, network.body.height)
        case .optimizer(let optimizer): max(optimizer.parameters.height, optimizer.body.height)
        case .dataset(let dataset): max(dataset.parameters.height, dataset.clauses.height)
        case .test(_, let body): body.height
        case .slots(_, let slots): slots.reduce(0) { max($0, $1.initializer.height, $1.condition?.height ?? 0) }
        }
    }
}

extension Function.Body {
    var height: Int {
        switch self {
        case .expression(let value): value.height
        case .block(let block): block.height
        }
    }
}

extension [Argument] {
    var height: Int { reduce(0) { Swift.max($0, $1.value.height) } }
}

extension [Parameter] {
    var height: Int { reduce(0) { Swift.max($0, $1.defaultValue?.height ?? 0) } }
}

extension [Clause] {
    var height: Int {
        reduce(0) {
            switch $1.kind {
            case .arguments(let arguments): Swift.max($0, arguments.height)
            case .function(let function): Swift.max($0, function.height)
            case .field(_, let value): Swift.max($0, value.height)
            }
        }
    }
}
