/// A name as written at one place.
package struct Identifier: Hashable, Sendable {
    package let text: String
    package let span: Span
    package init(_ text: String, _ span: Span) {
        self.text = text
        self.span = span
    }
}

/// An expression node. Immutable; what later stages learn of it stands beside the tree, keyed by identity.
package final class Expression: Sendable {
    package let span: Span
    package let kind: Kind
    /// The number of nodes on the longest way down, at most `Parser.highestTree`: walking a tree by recursion is safe.
    package let height: Int
    package init(_ kind: Kind, _ span: Span) {
        self.kind = kind
        self.span = span
        height = kind.childHeight + 1
    }

    package enum Kind: Sendable {
        /// A place where parsing failed; a diagnostic was reported. Later stages treat its value as unknown.
        case invalid
        case none
        case boolean(Bool)
        /// An integer literal; a literal past 64 bits was reported by the lexer.
        case integer(Int)
        case float(Double)
        /// `500 steps`: the number and its unit.
        case quantity(Expression, Unit)
        /// Literal parts and `\( )` parts in order.
        case string([StringPart])
        case name(String)
        /// `(a, b)` or `(x: 1, y: 2)`: at least one item; one positional item without spread or trailing comma is only grouping and is `.group`.
        case record([Argument])
        /// `(e)`
        case group(Expression)
        case list([Expression])
        /// A `...xs` item of a list is not in the grammar. `[:]` has no entries.
        case dictionary([(key: Expression, value: Expression)])
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, operatorSpan: Span, Expression)
        /// `a < b <= c`: operands one longer than operators; a single comparison too.
        case comparison([Expression], [(comparison: ComparisonOperator, span: Span)])
        /// `a..b`, `a..=b`; the ends may be missing inside an index.
        case range(Expression?, Expression?, inclusive: Bool)
        /// `f(a, name: b, ...xs)`
        case call(Expression, [Argument])
        case index(Expression, [IndexItem])
        /// `.name` or `.0`
        case member(Expression, Identifier)
        case lambda(Function)
        /// `if c { } else if d { } else { }`
        case conditional([(condition: Expression, body: Block)], otherwise: Block?)
        case minimize([(subject: Expression, optimizer: Expression)], Block)
        case train(model: Expression, data: Expression, [Clause])
    }
}

package enum Unit: String, Sendable { case steps, epochs, seconds }

package enum StringPart: Sendable {
    case text(String)
    case interpolation(Expression)
}

/// One argument of a call or item of a record: `e`, `name: e`, `...e`.
package struct Argument: Sendable {
    package let label: Identifier?
    package let isSpread: Bool
    package let value: Expression
    package init(label: Identifier?, isSpread: Bool, value: Expression) {
        self.label = label
        self.isSpread = isSpread
        self.value = value
    }
}

package enum IndexItem: Sendable {
    case expression(Expression)
    /// `new`
    case newAxis(Span)
    /// `...`
    case rest(Span)
}

package enum UnaryOperator: String, Sendable { case negate = "-", not }

package enum BinaryOperator: String, Sendable {
    case add = "+", subtract = "-", multiply = "*", divide = "/", floorDivide = "//", remainder = "%", power = "**", matrixProduct = "@"
    case and, or
    /// `|>`
    case pipe = "|>"
    /// `->`
    case compose = "->"
}

package enum ComparisonOperator: String, Sendable {
    case equal = "==", notEqual = "!=", less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">=", contained = "in", notContained = "not in"
}

/// `name`, `_`, or `(a, (b, _))`.
package indirect enum Pattern: Sendable {
    case name(Identifier)
    case ignored(Span)
    case parts([Pattern], Span)

    package var span: Span {
        switch self {
        case .name(let name): name.span
        case .ignored(let span), .parts(_, let span): span
        }
    }

    /// The names that it binds, in order.
    package var names: [String] {
        switch self {
        case .name(let name): [name.text]
        case .ignored: []
        case .parts(let parts, _): parts.flatMap(\.names)
        }
    }

    /// The pattern as the formatter writes it.
    package var text: String {
        switch self {
        case .name(let name): name.text
        case .ignored: "_"
        case .parts(let parts, _): "(" + parts.map(\.text).joined(separator: ", ") + ")"
        }
    }
}

/// A function, method, lambda, `forward`, `update`, or the body of `step` and `each`.
package final class Function: Sendable {
    /// nil for a lambda.
    package let name: Identifier?
    package let parameters: [Parameter]
    package let result: ShapePattern?
    package let body: Body
    package let span: Span
    /// The `##` text before the declaration, without the marks.
    package let documentation: String?
    package let height: Int

    package enum Body: Sendable {
        case expression(Expression)
        case block(Block)
    }

    package init(name: Identifier?, parameters: [Parameter], result: ShapePattern?, body: Body, span: Span, documentation: String? = nil) {
        self.name = name
        self.parameters = parameters
        self.result = result
        self.body = body
        self.span = span
        self.documentation = documentation
        height = max(parameters.height, body.height) + 1
    }
}

/// A declared parameter. A lambda's parameters have no shapes, but may have defaults.
package struct Parameter: Sendable {
    package let name: Identifier
    /// `...rest`
    package let isRest: Bool
    package let shape: ShapePattern?
    package let defaultValue: Expression?
    /// What takes the argument of a lambda apart: `((a, b), c) => …`. The name is then its text, which no program can write.
    package let pattern: Pattern?
    package init(name: Identifier, isRest: Bool, shape: ShapePattern?, defaultValue: Expression?, pattern: Pattern? = nil) {
        self.pattern = pattern
        self.name = name
        self.isRest = isRest
        self.shape = shape
        self.defaultValue = defaultValue
    }
}

/// `[..., t, 2 * d]` or `(heat: [n, c], size: [n, 2])`.
package indirect enum ShapePattern: Sendable {
    case axes([AxisPattern], Span)
    case record([(name: Identifier, shape: ShapePattern)], Span)

    package var span: Span {
        switch self {
        case .axes(_, let span), .record(_, let span): span
        }
    }
}

package enum AxisPattern: Sendable {
    /// `...` (name nil) or `...space`. In the shape of a `param`, `...e` spreads the list `e`.
    case rest(Expression?, Span)
    /// A name, a literal, arithmetic, or `_`.
    case size(Expression)
}

/// Statements in braces, with newlines that count.
package final class Block: Sendable {
    package let statements: [Statement]
    package let span: Span
    package let height: Int
    package init(_ statements: [Statement], _ span: Span) {
        self.statements = statements
        self.span = span
        height = statements.reduce(0) { max($0, $1.height) } + 1
    }
}
