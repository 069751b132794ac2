import DaedalSyntax

/// One name that a program binds, at one place.
package final class Variable {
    package enum Kind: Equatable {
        case constant, variable, parameter, loop, function, network, optimizer, dataset
        /// What an `import` binds.
        case module
        /// A `param` or `state` of a network or optimizer, or an option of an optimizer: reading and assigning it goes through a `SlotObject`.
        case slot(SlotKind)
        case option
        /// A size bound by a shape pattern: an integer, or a list for `...space`.
        case size
        /// A size that the slots of a network name: a `ModelSize`.
        case modelSize
        /// `training` inside a network.
        case training
    }

    package let name: String
    package let span: Span
    package let kind: Kind
    /// The function whose frame holds it.
    package let owner: FunctionScope
    /// Its place at the top level of its file; nil for names in functions and blocks.
    package var moduleSlot: Int?
    /// Whether functions inside its owner use it.
    package var isCaptured = false
    /// Whether a function inside its owner uses it before the line that binds it has run.
    package var isCapturedEarly = false
    /// Whether a block or loop stands between it and the file's top level (it has no slot of the module then).
    package var isBound = false
    /// The register that holds it (or its cell) while its owner is being compiled.
    var register = -1

    init(_ name: String, _ span: Span, _ kind: Kind, owner: FunctionScope) {
        self.name = name
        self.span = span
        self.kind = kind
        self.owner = owner
    }

    /// Whether it stands in a cell that its owner and the functions inside share. What is bound once is copied instead.
    var isCell: Bool {
        guard moduleSlot == nil, isCaptured else { return false }
        switch kind {
        case .variable, .function, .network, .optimizer, .dataset: return true
        default: return isCapturedEarly
        }
    }

    /// Whether the value behind the name is read and assigned through a slot object.
    var isSlot: Bool {
        switch kind {
        case .slot, .option, .modelSize, .training: true
        default: false
        }
    }
}

/// What the name in one place of the text means.
package enum Use {
    case variable(Variable)
    /// A native, or a declaration of the library file of that name.
    case library(String)
    /// A bare word of a clause that names no value: its text.
    case word(String)
    /// A mistake that was reported.
    case unknown
}

/// One piece of code that is called as a whole: a function, the body of a network, a block of `minimize`, a thunk.
package final class FunctionScope {
    /// The function around it; nil for the main code of a file and for the initial values of an imported file.
    package let parent: FunctionScope?
    /// The variables of functions around it that it or functions inside it use, in the order of first use.
    package private(set) var captures: [Variable] = []
    private var positions: [ObjectIdentifier: Int] = [:]
    /// The sizes that the shape patterns of its parameters bind, in order.
    var sizes: [Variable] = []
    /// Parameters before the declared ones: `model` and `optimizer` of `step` and `each`.
    var hidden: [Variable] = []
    /// The anonymous `...` of its patterns, if they have one.
    var anonymousRest: Variable?
    /// For the body of a network: what its parts use in common.
    var network: NetworkScope?
    /// How many loops stand around the place that is being resolved, inside this function.
    var loopDepth = 0
    /// Whether `return` may leave it.
    let allowsReturn: Bool

    init(parent: FunctionScope?, allowsReturn: Bool = true) {
        self.parent = parent
        self.allowsReturn = allowsReturn
    }

    /// The position of a variable among the captures; added when it is new.
    func capture(_ variable: Variable) -> Int {
        if let position = positions[ObjectIdentifier(variable)] { return position }
        positions[ObjectIdentifier(variable)] = captures.count
        captures.append(variable)
        return captures.count - 1
    }

    package func capturePosition(_ variable: Variable) -> Int? { positions[ObjectIdentifier(variable)] }
}

/// What the parts of one network share beside ordinary names.
final class NetworkScope {
    /// The declared parameters.
    var parameters: [Variable] = []
    /// Sizes that slots name and that its functions bind.
    var modelSizes: [(name: String, variable: Variable)] = []
    var training: Variable?
    let isOptimizer: Bool
    init(isOptimizer: Bool) { self.isOptimizer = isOptimizer }
    func modelSize(_ name: String) -> Variable? { modelSizes.first { $0.name == name }?.variable }
}

/// What the names of one file mean. Stands beside the tree, by the offsets of names and the identities of nodes.
package final class Resolution {
    /// What names in expressions (and names after `.` that may be functions) mean, by the offset at which they start.
    package internal(set) var uses: [UInt32: Use] = [:]
    /// The variables that patterns, parameters and declarations bind, by the offset of the name.
    package internal(set) var variables: [UInt32: Variable] = [:]
    /// The code units by the node they stand for: `Function`, `Block`, `Expression`, declarations.
    package internal(set) var functions: [ObjectIdentifier: FunctionScope] = [:]
    /// The thunks of slot shapes, by the offset of the slot's name.
    package internal(set) var shapeThunks: [UInt32: FunctionScope] = [:]
    /// What the file imports, by the offset of the statement.
    package internal(set) var imports: [UInt32: ModuleObject] = [:]
    package internal(set) var diagnostics: [Diagnostic] = []
    /// The top level.
    package let main: FunctionScope
    /// The names bound at the top level here, in order.
    package internal(set) var topLevel: [Variable] = []

    init(main: FunctionScope) { self.main = main }

    package func use(_ span: Span) -> Use { uses[span.start] ?? .unknown }
    package func variable(_ name: Identifier) -> Variable? { variables[name.span.start] }
    package func function(_ node: AnyObject) -> FunctionScope? { functions[ObjectIdentifier(node)] }
}
