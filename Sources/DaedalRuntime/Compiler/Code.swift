import DaedalSyntax

/// What the machine reads at every call, in memory that never moves.
struct CodeHeader {
    var instructions: UnsafeMutablePointer<Instruction>
    var constants: UnsafeMutablePointer<Value>
    /// All registers: the function itself in 0, then the parameters, then locals and temporaries.
    var registerCount: Int
    var parameterCount: Int
    /// The first register that is cleared at the end: everything, or (main code) what comes after the module's variables.
    var firstCleared: Int
    /// The end of the registers that a return clears; what comes after has been used up.
    var clearedAtReturn: Int
    /// Whether a call with exactly `parameterCount` positional arguments needs no binding.
    var isSimple: Bool
    var variables: Unmanaged<ModuleVariables>
    /// The places of the instructions.
    var spans: UnsafeMutablePointer<Span>
    var tables: Unmanaged<CodeTables>
    var code: Unmanaged<Code>
}

/// The code of one function, body or thunk.
package final class Code {
    let header: UnsafeMutablePointer<CodeHeader>
    let name: String
    package let parameters: [ParameterInfo]
    let isLambda: Bool
    let variables: ModuleVariables
    package let documentation: String?
    /// The declared parameters stand after so many others.
    let hiddenCount: Int
    /// What the shape says that this code evaluates, if it does.
    var axes: DeclaredAxes?
    private var tables = CodeTables()
    private var instructionCount = 0
    private var constantCount = 0

    init(
        name: String, parameters: [ParameterInfo], hiddenCount: Int = 0, isLambda: Bool = false, variables: ModuleVariables,
        documentation: String? = nil
    ) {
        self.name = name
        self.parameters = parameters
        self.hiddenCount = hiddenCount
        self.isLambda = isLambda
        self.variables = variables
        self.documentation = documentation
        header = .allocate(capacity: 1)
        header.initialize(
            to: CodeHeader(
                instructions: .allocate(capacity: 1), constants: .allocate(capacity: 1), registerCount: 1,
                parameterCount: hiddenCount + parameters.count, firstCleared: 0, clearedAtReturn: 1,
                isSimple: !parameters.contains(where: \.isRest), variables: .passUnretained(variables), spans: .allocate(capacity: 1),
                tables: .passUnretained(tables), code: .passUnretained(self)))
        header.pointee.code = .passUnretained(self)
    }

    deinit {
        header.pointee.instructions.deallocate()
        header.pointee.spans.deallocate()
        header.pointee.constants.deinitialize(count: constantCount)
        header.pointee.constants.deallocate()
        header.deallocate()
    }

    /// Fills in what the compiler made.
    func finish(
        _ instructions: [Instruction], _ spans: [Span], _ constants: [Value], _ tables: CodeTables, registerCount: Int, firstCleared: Int,
        clearedAtReturn: Int
    ) {
        header.pointee.instructions.deallocate()
        header.pointee.spans.deallocate()
        header.pointee.constants.deallocate()
        instructionCount = instructions.count
        constantCount = constants.count
        header.pointee.instructions = .allocate(capacity: max(instructions.count, 1))
        for (at, instruction) in instructions.enumerated() { (header.pointee.instructions + at).initialize(to: instruction) }
        header.pointee.constants = .allocate(capacity: max(constants.count, 1))
        for (at, constant) in constants.enumerated() { (header.pointee.constants + at).initialize(to: constant) }
        header.pointee.registerCount = registerCount
        header.pointee.firstCleared = firstCleared
        header.pointee.clearedAtReturn = clearedAtReturn
        header.pointee.spans = .allocate(capacity: max(spans.count, 1))
        for (at, span) in spans.enumerated() { (header.pointee.spans + at).initialize(to: span) }
        self.tables = tables
        header.pointee.tables = .passUnretained(tables)
    }
}

extension UnsafePointer<CodeHeader> {
    /// The place of the instruction before an address.
    func span(before ip: UnsafePointer<Instruction>) -> Span {
        let at = ip - UnsafePointer<Instruction>(pointee.instructions) - 1
        return at >= 0 ? pointee.spans[at] : .none
    }
}

/// What instructions refer to by position.
final class CodeTables {
    /// The labels and spreads of a call, record or list that has any.
    struct CallShape {
        let labels: [String?]
        let spreads: [Bool]
    }
    /// `x.name(…)`.
    struct Method {
        let name: String
        let shape: Int
    }
    enum IndexKind { case value, newAxis, rest }
    /// One step of the path that an assignment goes: so many index registers, or a name.
    enum PathStep {
        case index([IndexKind])
        case member(String)
    }
    struct Path {
        let steps: [PathStep]
        let operation: BinaryOperator?
        /// The name that a `let` bound, where only what references stand for may change.
        let constant: String?
        let spans: [Span]
    }
    /// A function to be made with what it captures.
    final class Prototype {
        let code: Code
        /// A register of the function around it, or one of its captures.
        let captures: [(isRegister: Bool, index: Int)]
        /// Whether a capture never changes.
        let isConstant: [Bool]
        /// The names of those that never change.
        let constantNames: [String]

        init(code: Code, captures: [(isRegister: Bool, index: Int)], names: [String], isConstant: [Bool]) {
            (self.code, self.captures, self.isConstant) = (code, captures, isConstant)
            constantNames = zip(names, isConstant).compactMap { $1 ? $0 : nil }
        }
    }
    struct MinimizeSite {
        let site: SiteObject
        let subjectSpans: [Span]
        let optimizerSpans: [Span]
        let prototype: Int
    }
    struct TrainSite {
        let site: SiteObject
        let modelSpan: Span
        let dataSpan: Span
        let clauses: [Clause]
    }
    struct DatasetPlan {
        let prototype: Int
        let declaration: DatasetDeclaration
    }

    var names: [String] = []
    var callShapes: [CallShape] = []
    var methods: [Method] = []
    var indices: [[IndexKind]] = []
    var paths: [Path] = []
    var prototypes: [Prototype] = []
    var shapes: [ShapeMatch] = []
    var axes: [ShapeMatch.AxisCheck] = []
    var spanLists: [[Span]] = []
    var minimizations: [MinimizeSite] = []
    var trainings: [TrainSite] = []
    var datasets: [DatasetPlan] = []
}

/// A shape pattern as the machine matches it: each plain size binds a register or is compared with it.
struct ShapeMatch {
    enum Axis {
        case bind(register: Int, name: String)
        case same(register: Int, name: String)
        case literal(Int)
        /// Arithmetic: checked by `checkAxis` once everything is bound.
        case later
        case any
    }
    enum Rest {
        case none
        case bind(register: Int)
        case same(register: Int)
    }
    indirect enum Pattern {
        /// Axes before and after the one `...`; without it all stand in `before`.
        case axes(before: [Axis], rest: Rest, hasRest: Bool, after: [Axis])
        case record([(name: String, pattern: Pattern)])
    }
    /// Arithmetic for one axis, counted from the end where a `...` stands before it.
    struct AxisCheck {
        let path: [String]
        let position: Int
        let fromEnd: Bool
        let what: String
        let text: String
    }
    let pattern: Pattern
    /// `` `x` of `attend` `` or `` the result of `attend` ``.
    let what: String
    /// The pattern as written.
    let text: String
    /// Whether `none` is allowed because it is the default.
    let allowsNone: Bool
}
