import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

// Planning: what a program will need. In: a program that checks. Out: the plans of every place that learns, with their exact bytes; the models
// called there. Never: takes a step, prints, writes.

/// What is gathered while a program runs for the sake of its plans: places that learn trace and plan their blocks, and stop there.
package final class Forecast {
    /// One plan, and where it comes from.
    package struct Block {
        /// What it does, in a few words.
        package let title: String
        package let span: Span
        package let request: PlanRequest
        package let plan: Plan
    }

    /// One `train`.
    package struct Training {
        package let model: ModelObject
        /// nil for a `minimize`.
        package let dataset: String?
        package let span: Span
        package var bytes = TrainingBytes()
    }

    /// A model as it was called from outside of every other model.
    package struct Call {
        package let model: ModelObject
        /// Its arguments without the batch axis.
        package let inputs: [Signature]
        package let span: Span
    }

    /// The title of what is computed outside of places that learn.
    package static let valuesTitle = "values"
    /// Ends a program whose plans are all known.
    private static let doneCode = "E599"
    /// Blocks in a row that add nothing, after which a program is not followed further.
    private static let patience = 200

    package private(set) var blocks: [Block] = []
    package private(set) var trainings: [Training] = []
    package private(set) var calls: [Call] = []
    /// The places of `train` and `minimize` that were not reached yet.
    package private(set) var waiting: [Span]
    package private(set) var isDone = false
    private var known: Set<UInt64> = []
    private var idleBlocks = 0
    /// What the next block does, said by whoever traces it.
    var title = "block"
    /// What the blocks since `begin` hold.
    private var gathered: Gathered?

    /// Plans and cells of some blocks, each once.
    struct Gathered {
        var plans: [(title: String, byteCount: Int)] = []
        var cells: [ObjectIdentifier: TensorCell] = [:]
        fileprivate var known: Set<ObjectIdentifier> = []
    }

    /// Whether it ends the program once every place is known; false for the plans of one training that is about to run.
    private let endsProgram: Bool

    /// Expects the places of a program that learn.
    package init(_ program: Program) {
        waiting = Self.sites(in: program)
        endsProgram = true
    }

    /// Gathers what one training needs.
    init() {
        waiting = []
        endsProgram = false
    }

    /// The `train` and `minimize` expressions of a program outside of tests, in order.
    private static func sites(in program: Program) -> [Span] {
        var spans: [Span] = []
        for statement in program.statements {
            if case .test = statement.kind { continue }
            TreeNode.statement(statement).walk { node in
                guard case .expression(let expression) = node else { return true }
                switch expression.kind {
                case .train, .minimize: spans.append(expression.span)
                default: break
                }
                return true
            }
        }
        return spans
    }

    // MARK: Blocks

    /// Takes the plan of a block in place of running it: results that stand for the real ones.
    func take(_ executable: Executable, at span: Span) throws(RuntimeFailure) -> [Tensor] {
        note(executable.request, executable.plan, title: title, at: span)
        if gathered?.known.insert(ObjectIdentifier(executable.plan)).inserted == true {
            gathered?.plans.append((title, executable.plan.arenaByteCount))
        }
        executable.updates?.planned()
        for cell in executable.cells { gathered?.cells[ObjectIdentifier(cell)] = cell }
        return try executable.plan.results.map { (signature) throws(RuntimeFailure) in
            try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try Tensor(zeros: signature) }
        }
    }

    /// Takes note of a plan once.
    func note(_ request: PlanRequest, _ plan: Plan, title: String, at span: Span) {
        let hash = RandomState.mix(request.graph.structuralHash, UInt64(span.source) << 32 | UInt64(span.start))
        guard known.insert(hash).inserted else {
            idleBlocks += 1
            return
        }
        idleBlocks = 0
        blocks.append(Block(title: title, span: span, request: request, plan: plan))
    }

    /// Plans a `minimize`; one by itself, outside of `train`, is a training of its own.
    func gathering(_ request: MinimizeRequest, _ body: () throws(RuntimeFailure) -> Value) throws(RuntimeFailure) -> Value {
        if gathered != nil { return try body() }
        begin()
        title = "minimize"
        defer { title = "block" }
        let value = try body()
        let gathered = end()
        var bytes = TrainingBytes(), models: [ModelObject] = []
        for pair in request.pairs { for leaf in TensorTree(pair.subject).leaves { if case .model(let model) = leaf { models.append(model) } } }
        bytes.add(models: models, optimizer: "optimizer", gathered.cells)
        for plan in gathered.plans { bytes.add(plan: plan.title, plan.byteCount) }
        guard let first = models.first else { return value }
        note(Training(model: first, dataset: nil, span: request.span, bytes: bytes))
        return value
    }

    /// Begins to gather what blocks hold.
    func begin() { gathered = Gathered() }

    /// What blocks hold since `begin`.
    func end() -> Gathered {
        defer { gathered = nil }
        return gathered ?? Gathered()
    }

    /// A count of examples in words.
    static func examples(_ count: Int) -> String { "\(count) example\(count == 1 ? "" : "s")" }

    /// Takes note of a model called by itself, once for each shape of an example.
    func noteCall(_ model: ModelObject, _ arguments: Arguments, at span: Span) {
        let inputs = (arguments.positional + arguments.named.map(\.value)).compactMap { value -> Signature? in
            guard case .tensor(let tensor) = value else { return nil }
            return Signature(type: tensor.type, shape: tensor.shape.rank > 0 ? tensor.shape.removing(axis: 0) : tensor.shape)
        }
        guard !calls.contains(where: { $0.model === model && $0.inputs == inputs }) else { return }
        calls.append(Call(model: model, inputs: inputs, span: span))
    }

    /// Takes note of a training's bytes.
    func note(_ training: Training) {
        if !trainings.contains(where: { $0.span == training.span && $0.model.name == training.model.name }) { trainings.append(training) }
    }

    /// A place that learns was followed to its end. Ends the program once nothing more is to be learned of it.
    func reached(_ span: Span) throws(RuntimeFailure) {
        waiting.removeAll { $0 == span }
        if endsProgram && (waiting.isEmpty || idleBlocks > Self.patience) {
            isDone = true
            throw RuntimeFailure(Self.doneCode, "every plan is known", at: span)
        }
    }
}
