import DaedalSyntax

/// One declared parameter of anything that can be called.
package struct ParameterInfo {
    package let name: String
    package let isRequired: Bool
    package let isRest: Bool
    /// Whether it also takes arguments of any name (a rest parameter with a default value); they arrive as a record.
    package let takesNames: Bool
    package init(_ name: String, isRequired: Bool, isRest: Bool = false, takesNames: Bool = false) {
        self.name = name
        self.isRequired = isRequired
        self.isRest = isRest
        self.takesNames = takesNames
    }
}

/// The arguments of one call, spreads already taken apart.
package struct Arguments {
    package var positional: [Value]
    package var named: [(name: String, value: Value)]
    package init(_ positional: [Value] = [], named: [(name: String, value: Value)] = []) {
        self.positional = positional
        self.named = named
    }
}

/// The root of callable values. How a call is carried out is the `EvaluationContext`'s affair; this only says what it looks like.
package class FunctionObject {
    /// The name errors print; `function` for a lambda.
    package let name: String
    package let parameters: [ParameterInfo]
    /// What the machine runs when it is a function of the program; nil for everything else.
    final var entry: UnsafePointer<CodeHeader>?
    package init(name: String, parameters: [ParameterInfo]) {
        self.name = name
        self.parameters = parameters
    }
    /// The documentation that `?name` shows.
    package var documentation: String? { nil }
    /// The kind as `type` and error messages name it.
    package var kindName: String { "function" }
}

/// A function with some options already set: `leaky_relu(slope: 0.2)`.
package final class PartialFunction: FunctionObject {
    package let base: Value
    package let preset: [(name: String, value: Value)]
    package init(base: Value, preset: [(name: String, value: Value)], name: String, parameters: [ParameterInfo]) {
        self.base = base
        self.preset = preset
        super.init(name: name, parameters: parameters)
    }
}

/// `f -> g -> h` of plain functions: the first gets all arguments, each later one the result before it.
package final class Composition: FunctionObject {
    package let parts: [Value]
    package init(parts: [Value], parameters: [ParameterInfo]) {
        self.parts = parts
        super.init(name: "composition", parameters: parameters)
    }
}

/// A function written in Swift.
package final class NativeFunction: FunctionObject {
    /// Its parameters with default values.
    package struct Parameter {
        package let name: String
        /// nil: required.
        package let defaultValue: Value?
        package let isRest: Bool
        package let isNamedOnly: Bool
        /// A required parameter.
        package init(_ name: String) { (self.name, defaultValue, isRest, isNamedOnly) = (name, nil, false, false) }
        /// An optional parameter; `namedOnly` ones are never taken by position.
        package init(_ name: String, _ defaultValue: Value, namedOnly: Bool = false) {
            (self.name, self.defaultValue, isRest, isNamedOnly) = (name, defaultValue, false, namedOnly)
        }
        private init(rest name: String) { (self.name, defaultValue, isRest, isNamedOnly) = (name, nil, true, false) }
        /// A parameter that takes all remaining positional arguments as a list.
        package static func rest(_ name: String) -> Parameter { Parameter(rest: name) }
    }

    /// What the checker may do with it before the program runs.
    package enum Purity {
        /// Total on symbolic tensors and sizes: the checker calls it with them (it lowers to graph nodes through the tracer).
        case symbolic
        /// A function of plain values alone: the checker calls it when all arguments are known, otherwise its result is of this kind.
        case pure(result: UnknownKind)
        /// Has effects or reads the outside: the checker never calls it; its result is of this kind.
        case effect(result: UnknownKind)
        /// A value that only the running program has: its name stands for what the body gives, without a call.
        case value(result: UnknownKind)
    }

    package typealias Body = (inout NativeCall) throws(RuntimeFailure) -> Value
    package let nativeParameters: [Parameter]
    package let purity: Purity
    package let body: Body
    /// How many parameters are taken by position before one takes the rest or stands by name only.
    let positionalCount: Int
    /// How many arguments by position give every required parameter its value.
    let requiredCount: Int
    /// The default values by position.
    let defaults: [Value]

    package init(_ name: String, _ parameters: [Parameter], _ purity: Purity, _ body: @escaping Body) {
        nativeParameters = parameters
        positionalCount = parameters.firstIndex { $0.isRest || $0.isNamedOnly } ?? parameters.count
        requiredCount = (parameters.lastIndex { $0.defaultValue == nil && !$0.isRest } ?? -1) + 1
        defaults = parameters.map { $0.defaultValue ?? ($0.isRest ? .list([]) : .none) }
        self.purity = purity
        self.body = body
        super.init(
            name: name, parameters: parameters.map { ParameterInfo($0.name, isRequired: $0.defaultValue == nil && !$0.isRest, isRest: $0.isRest) })
    }
}

/// What a native gets: its arguments in the order of its parameters (defaults filled in, a rest parameter as a list), the place, and the context.
package struct NativeCall {
    package let context: EvaluationContext
    package var arguments: [Value]
    package let span: Span
    /// The native that is called, for messages.
    package let function: NativeFunction
    package init(context: EvaluationContext, arguments: [Value], span: Span, function: NativeFunction) {
        self.context = context
        self.arguments = arguments
        self.span = span
        self.function = function
    }
    package subscript(position: Int) -> Value { arguments[position] }
}
