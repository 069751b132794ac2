import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The checker's twin of the machine: it walks the tree with the same values, natives and shape rules, but sizes may be symbols and
/// what only a run can know is `.unknown`. A branch on something unknown is walked both ways and the outcomes are joined.
package final class SymbolicEvaluator: EvaluationContext {
    /// One call that is being evaluated.
    struct Frame {
        /// Values that `return` may have given under an unknown condition.
        var possibleReturns: [Value] = []
        /// How deep in unknown conditions the caller was.
        let uncertainty: Int
    }

    /// Everything found wrong so far.
    package var diagnostics: [Diagnostic] = []
    var frames: [Frame] = []
    /// How many unknown conditions enclose the place.
    var uncertainty = 0
    /// What cells held before an uncertain branch assigned them, innermost branch last.
    var journals: [[ObjectIdentifier: (cell: SymbolicScope.Cell, before: Value)]] = []
    /// Expressions that may still be evaluated: checking is bounded whatever the program computes.
    var budget = 3_000_000
    /// Calls of each function so far; a function called very often is a computation, not a network.
    var callCounts: [ObjectIdentifier: Int] = [:]
    /// The functions being evaluated, outermost first.
    var activeFunctions: [ObjectIdentifier] = []
    /// How many calls of models and blocks that learn enclose the place: there no network is made.
    var calling = 0
    /// Whether models act as in training (inside `minimize` and `train`).
    var isTraining = false
    /// Steps of models on the way to the current place, for the path of shapes.
    var shapePaths: [ShapePath] = []
    /// A `return`, `break` or `continue` inside a branch that was surely taken, on its way out to the statement that it ends.
    var pendingFlow: Flow?
    /// Where marked tensors were made; the notes are kept alive so that identities stay theirs.
    var meaningPlaces: [ObjectIdentifier: (notes: TensorNotes, span: Span)] = [:]
    /// Every model made so far, kept alive because scopes refer to them weakly.
    var models: [SymbolicModel] = []
    /// Parameters by the node that stands for their contents.
    var slotsByNode: [NodeID: SymbolicSlot] = [:]
    /// The splits whose rows nodes stand for.
    var rowOrigins: [NodeID: SymbolicSplit] = [:]
    /// The source that `column(…)` speaks of; nil outside of a dataset's clauses, `.some(nil)` where it is not known.
    var columnSource: SymbolicSource??
    /// Whether the program writes text files, so that what lies under a name now says nothing.
    var writesFiles = false
    /// Whether the program assigns elements anywhere.
    var changesElements = false
    /// The first node that a block that learns has made; nil outside of one.
    var blockStart: Int?
    /// What led to the place: `train Reader() on Digits` with its span, innermost last.
    var purposes: [(text: String, span: Span)] = []
    /// What is known of parameters used in `minimize` blocks.
    var usage = ParameterUsage()
    /// Grows whenever a call gave up on an unknown value: then "never read" cannot be concluded.
    var unknownCalls = 0
    /// How many calls of functions of the program gave something unknown so far.
    var unknownResults = 0
    /// Library modules that were needed, by the name that lives in them.
    var libraryScopes: [String: SymbolicScope] = [:]
    /// What imported files declare, by the identity of their text.
    var moduleScopes: [UInt32: SymbolicScope] = [:]
    /// Names that the host or an earlier program gave, of which nothing is known.
    var outerNames: Set<String> = []
    /// Finds the text of an imported file; nil where there is none.
    let modules: (ImportPath, Source) -> Source?

    package init(session: Session, modules: @escaping (ImportPath, Source) -> Source?) {
        self.modules = modules
        super.init(session: session, trace: Trace(.symbolic))
    }

    override package var isChecking: Bool { true }

    override package func call(_ callee: Value, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        try dispatch(callee, arguments, at: span)
    }

    /// Whether evaluation should stop computing and answer unknown.
    func exhausted() -> Bool {
        budget -= 1
        return budget < 0
    }

    /// Reports a failure once; several paths often lead to the same one.
    func report(_ failure: RuntimeFailure) {
        if !failure.isUnknownWhileChecking { report(failure.presented(in: session.sources)) }
    }

    func report(_ diagnostic: Diagnostic) {
        if !diagnostics.contains(where: { $0.code == diagnostic.code && $0.span == diagnostic.span }) { diagnostics.append(diagnostic) }
    }

    /// Runs `body` as something that may or may not happen, and gives back what it assigned; the cells hold their old values again.
    func uncertainly<Result>(_ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> (
        Result, changes: [ObjectIdentifier: (cell: SymbolicScope.Cell, after: Value)]
    ) {
        uncertainty += 1
        journals.append([:])
        defer { uncertainty -= 1 }
        let result: Result
        do { result = try body() } catch {
            for (_, entry) in journals.removeLast() { entry.cell.value = entry.before }
            throw error
        }
        var changes: [ObjectIdentifier: (cell: SymbolicScope.Cell, after: Value)] = [:]
        for (key, entry) in journals.removeLast() {
            changes[key] = (entry.cell, entry.cell.value)
            entry.cell.value = entry.before
        }
        return (result, changes)
    }

    /// Assigns a cell so that enclosing uncertain branches can undo it.
    func assign(_ cell: SymbolicScope.Cell, _ value: Value) {
        if !journals.isEmpty {
            let key = ObjectIdentifier(cell)
            if journals[journals.count - 1][key] == nil { journals[journals.count - 1][key] = (cell, cell.value) }
        }
        cell.value = value
    }

    /// Joins what several possible branches assigned; a branch without a change kept the old value.
    func merge(_ branches: [[ObjectIdentifier: (cell: SymbolicScope.Cell, after: Value)]]) {
        var cells: [ObjectIdentifier: SymbolicScope.Cell] = [:]
        for branch in branches { for (key, change) in branch { cells[key] = change.cell } }
        for (key, cell) in cells {
            let outcomes = branches.map { $0[key]?.after ?? cell.value }
            assign(cell, outcomes.dropFirst().reduce(outcomes[0]) { join($0, $1) })
        }
    }
}
