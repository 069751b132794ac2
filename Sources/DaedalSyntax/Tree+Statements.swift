/// A statement node. Immutable.
package final class Statement: Sendable {
    package let span: Span
    package let kind: Kind
    package let height: Int
    package init(_ kind: Kind, _ span: Span) {
        self.kind = kind
        self.span = span
        height = kind.childHeight + 1
    }

    package enum Kind: Sendable {
        /// A place where parsing failed; a diagnostic was reported.
        case invalid
        case expression(Expression)
        /// `let a = 1, (b, c) = pair`, or `var`.
        case binding(isVariable: Bool, [(pattern: Pattern, value: Expression)])
        /// `target = value` (operation nil) or `target += value`. The target is a name, index or member: checked by the parser.
        case assignment(target: Expression, operation: BinaryOperator?, value: Expression)
        case function(Function)
        case forLoop(Pattern, Expression, Block)
        case whileLoop(Expression, Block)
        case returnValue(Expression?)
        case breakLoop
        case continueLoop
        case importModule(ImportPath, alias: Identifier?)
        case network(NetworkDeclaration)
        case optimizer(OptimizerDeclaration)
        case dataset(DatasetDeclaration)
        case test(name: String, Block)
        // Only inside a network or an optimizer:
        case slots(SlotKind, [Slot])
        /// `input [1, 28, 28]`
        case input([ShapePattern])
        case forward(Function)
        case update(Function)
    }
}

package enum ImportPath: Sendable {
    case library(Identifier)
    case file(String, Span)
}

package enum SlotKind: String, Sendable { case param, state }

/// `weight: [units, features] = init if use_bias`
package struct Slot: Sendable {
    package let name: Identifier
    package let shape: ShapePattern?
    package let initializer: Expression
    package let condition: Expression?
    package init(name: Identifier, shape: ShapePattern?, initializer: Expression, condition: Expression?) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.condition = condition
    }
}

/// `network Name(parameters) { … }`; `parameters` is empty also when the parentheses are missing.
package final class NetworkDeclaration: Sendable {
    package let name: Identifier
    package let parameters: [Parameter]
    package let body: Block
    package let span: Span
    package let documentation: String?
    package init(name: Identifier, parameters: [Parameter], body: Block, span: Span, documentation: String?) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.span = span
        self.documentation = documentation
    }
}

/// `optimizer name(parameters) { state … update(p, g, t) { … } }`
package final class OptimizerDeclaration: Sendable {
    package let name: Identifier
    package let parameters: [Parameter]
    package let body: Block
    package let span: Span
    package let documentation: String?
    package init(name: Identifier, parameters: [Parameter], body: Block, span: Span, documentation: String?) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.span = span
        self.documentation = documentation
    }
}

/// `dataset Name(parameters) { clauses }`
package final class DatasetDeclaration: Sendable {
    package let name: Identifier
    package let parameters: [Parameter]
    package let clauses: [Clause]
    package let span: Span
    package let documentation: String?
    package init(name: Identifier, parameters: [Parameter], clauses: [Clause], span: Span, documentation: String?) {
        self.name = name
        self.parameters = parameters
        self.clauses = clauses
        self.span = span
        self.documentation = documentation
    }
}

/// One clause of a `dataset` or `train` block.
package struct Clause: Sendable {
    package let word: Identifier
    package let kind: Kind
    package let span: Span

    package enum Kind: Sendable {
        /// `split train: 0.8, test: 0.2`; `shuffle` has none.
        case arguments([Argument])
        /// `step (x, y) { … }` (word is `step`) and `each epoch (e) { … }` (word is `each`, the function's name is `epoch`).
        case function(Function)
        /// `field angle = r => …`
        case field(Identifier, Expression)
    }

    package init(word: Identifier, kind: Kind, span: Span) {
        self.word = word
        self.kind = kind
        self.span = span
    }
}

/// A whole source as the parser understood it, with every diagnostic found on the way.
package struct Program: Sendable {
    package let source: Source
    package let statements: [Statement]
    package let diagnostics: [Diagnostic]
    package init(source: Source, statements: [Statement], diagnostics: [Diagnostic]) {
        self.source = source
        self.statements = statements
        self.diagnostics = diagnostics
    }
}
