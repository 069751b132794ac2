/// A node of the tree, for walks that care for few kinds of nodes.
package enum TreeNode {
    case expression(Expression)
    case statement(Statement)
}

extension TreeNode {
    /// Visits every node below (not the node itself), outermost first; `visit` says whether to go on below a node.
    package func walk(_ visit: (TreeNode) -> Bool) {
        for child in children where visit(child) { child.walk(visit) }
    }

    /// The nodes directly below.
    package var children: [TreeNode] {
        switch self {
        case .expression(let expression): expression.kind.children
        case .statement(let statement): statement.kind.children
        }
    }
}

extension Block {
    /// Visits every node in the block, outermost first; `visit` says whether to go on below a node.
    package func walk(_ visit: (TreeNode) -> Bool) {
        for statement in statements where visit(.statement(statement)) { TreeNode.statement(statement).walk(visit) }
    }

    var nodes: [TreeNode] { statements.map(TreeNode.statement) }
}

extension Function {
    /// The nodes of defaults, shapes and body.
    var nodes: [TreeNode] {
        let body: [TreeNode] =
            switch self.body {
            case .expression(let expression): [.expression(expression)]
            case .block(let block): block.nodes
            }
        return parameters.flatMap(\.nodes) + (result?.nodes ?? []) + body
    }
}

extension Parameter {
    var nodes: [TreeNode] { (shape?.nodes ?? []) + (defaultValue.map { [.expression($0)] } ?? []) }
}

extension ShapePattern {
    /// The expressions that sizes are written with.
    var nodes: [TreeNode] {
        switch self {
        case .axes(let axes, _):
            axes.compactMap { axis in
                switch axis {
                case .rest(let expression, _): expression.map(TreeNode.expression)
                case .size(let expression): .expression(expression)
                }
            }
        case .record(let fields, _): fields.flatMap(\.shape.nodes)
        }
    }
}

extension Clause {
    var nodes: [TreeNode] {
        switch kind {
        case .arguments(let arguments): arguments.map { .expression($0.value) }
        case .function(let function): function.nodes
        case .field(_, let expression): [.expression(expression)]
        }
    }
}

extension Expression.Kind {
    var children: [TreeNode] {
        switch self {
        case .invalid, .none, .boolean, .integer, .float, .name: []
        case .quantity(let amount, _): [.expression(amount)]
        case .string(let parts):
            parts.compactMap { if case .interpolation(let expression) = $0 { .expression(expression) } else { nil } }
        case .record(let arguments): arguments.map { .expression($0.value) }
        case .group(let inner), .unary(_, let inner), .member(let inner, _): [.expression(inner)]
        case .list(let items): items.map(TreeNode.expression)
        case .dictionary(let entries): entries.flatMap { [.expression($0.key), .expression($0.value)] }
        case .binary(_, let left, _, let right): [.expression(left), .expression(right)]
        case .comparison(let operands, _): operands.map(TreeNode.expression)
        case .range(let start, let end, _): [start, end].compactMap { $0.map(TreeNode.expression) }
        case .call(let callee, let arguments): [.expression(callee)] + arguments.map { .expression($0.value) }
        case .index(let base, let items):
            [.expression(base)] + items.compactMap { if case .expression(let expression) = $0 { .expression(expression) } else { nil } }
        case .lambda(let function): function.nodes
        case .conditional(let branches, let otherwise):
            branches.flatMap { [.expression($0.condition)] + $0.body.nodes } + (otherwise?.nodes ?? [])
        case .minimize(let subjects, let body):
            subjects.flatMap { [.expression($0.subject), .expression($0.optimizer)] } + body.nodes
        case .train(let model, let data, let clauses): [.expression(model), .expression(data)] + clauses.flatMap(\.nodes)
        }
    }
}

extension Statement.Kind {
    var children: [TreeNode] {
        switch self {
        case .invalid, .breakLoop, .continueLoop, .importModule: []
        case .expression(let expression): [.expression(expression)]
        case .binding(_, let bindings): bindings.map { .expression($0.value) }
        case .assignment(let target, _, let value): [.expression(target), .expression(value)]
        case .function(let function), .forward(let function), .update(let function): function.nodes
        case .forLoop(_, let sequence, let body): [.expression(sequence)] + body.nodes
        case .whileLoop(let condition, let body): [.expression(condition)] + body.nodes
        case .returnValue(let expression): expression.map { [.expression($0)] } ?? []
        case .network(let declaration): declaration.parameters.flatMap(\.nodes) + declaration.body.nodes
        case .optimizer(let declaration): declaration.parameters.flatMap(\.nodes) + declaration.body.nodes
        case .dataset(let declaration): declaration.parameters.flatMap(\.nodes) + declaration.clauses.flatMap(\.nodes)
        case .test(_, let body): body.nodes
        case .slots(_, let slots):
            slots.flatMap { ($0.shape?.nodes ?? []) + [.expression($0.initializer)] + ($0.condition.map { [.expression($0)] } ?? []) }
        case .input(let shapes): shapes.flatMap(\.nodes)
        }
    }
}
