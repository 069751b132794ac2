import DaedalEngine
import DaedalGraph
import DaedalRuntime
import DaedalSyntax
import DaedalTensor

/// What a program will need, known before a step is taken.
public struct ProgramPlan: Sendable {
    /// A model as the program calls it.
    public struct Network: Sendable {
        /// The name of the network it is made from.
        public let name: String
        /// The shapes of one example's inputs.
        public let inputs: [[Int]]
        /// How many numbers it learns.
        public let parameters: Int
        /// Multiply-adds for one example; nil when that is not known.
        public let multiplyAdds: Int?
        /// Layers, shapes, parameters and multiply-adds, a line each.
        public let table: String
    }

    /// One `train` or `minimize`.
    public struct Training: Sendable {
        /// The name of the network.
        public let model: String
        /// The name of the dataset; nil for a `minimize`.
        public let dataset: String?
        /// The file that it stands in.
        public let file: String
        /// The 1-based line.
        public let line: Int
        /// The bytes that stay allocated while it runs, by what needs them.
        public let parts: [(name: String, byteCount: Int)]
        /// The bytes of its plans alone.
        public let arenaByteCount: Int
        /// All bytes.
        public var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }
    }

    /// The models that the program calls.
    public let networks: [Network]
    /// The networks of which no table can be made, with the reason.
    public let unknown: [(name: String, why: String)]
    /// Every `train` that was reached.
    public let trainings: [Training]
    /// The bytes that the whole process holds at its height, by what holds them.
    public let process: [(name: String, byteCount: Int)]
    /// The places of `train` and `minimize` that the program did not reach, as `file:line`.
    public let unreached: [String]
}

extension Interpreter {
    /// What a script will need. It runs up to its `train` and `minimize`, which are planned and not carried out; it prints and writes nothing.
    /// - Throws: `DaedalError` if it does not check, or fails on the way.
    public func plan(_ text: String, name: String = "<script>") throws(DaedalError) -> ProgramPlan {
        let (planner, run) = try forecast(text, name: name)
        // Measured before anything else is made for the tables.
        let process = ProcessBytes(run.forecast, threads: planner.session.engine.threads)
        func shapes(_ inputs: [Signature]) -> [[Int]] { inputs.map { $0.shape.compactMap(\.known) } }
        var networks: [ProgramPlan.Network] = []
        for call in run.forecast.calls {
            let table: ModelSummary.Table
            do throws(RuntimeFailure) { table = try run.table(call) } catch { throw planner.error(error) }
            let inputs = shapes(call.inputs)
            let isKnown = networks.contains { $0.name == call.model.name && $0.inputs == inputs && $0.parameters == table.parameters }
            if isKnown { continue }
            networks.append(
                ProgramPlan.Network(
                    name: call.model.name, inputs: inputs, parameters: table.parameters, multiplyAdds: table.multiplyAdds, table: table.text))
        }
        let trainings = run.forecast.trainings.map { training in
            let source = planner.session.sources.source(of: training.span)
            return ProgramPlan.Training(
                model: training.model.name, dataset: training.dataset, file: source.name, line: source.line(at: training.span.start),
                parts: training.bytes.parts.map { ($0.name, $0.byteCount) }, arenaByteCount: training.bytes.arenaByteCount)
        }
        return ProgramPlan(
            networks: networks, unknown: run.unknown, trainings: trainings,
            process: process.parts.map { ($0.name, $0.byteCount) }, unreached: run.forecast.waiting.map { planner.place($0) })
    }

    /// The plans of a script's places that learn, and of the tensors it computes outside of them, at one stage on their way.
    func dumpPlans(_ stage: DumpStage, of text: String, name: String) throws(DaedalError) -> String {
        let (planner, run) = try forecast(text, name: name)
        var parts: [String] = []
        for block in run.forecast.blocks {
            // Starts of parameters and the like are the library's affair.
            if block.title == Forecast.valuesTitle, planner.session.sources.source(of: block.span).isLibrary || block.span == .none { continue }
            parts.append("# \(block.title), \(planner.place(block.span))\n" + (try Self.text(of: block, stage)))
        }
        return parts.joined(separator: "\n")
    }

    private static func text(of block: Forecast.Block, _ stage: DumpStage) throws(DaedalError) -> String {
        let request = block.request
        let wanted = request.results + request.updates.map(\.node) + (request.finiteCheck.map { [$0] } ?? [])
        switch stage {
        case .after(let pass):
            guard Passes.names.contains(pass) else {
                throw DaedalError(host: "there is no pass `\(pass)`; the passes are \(Passes.names.joined(separator: ", "))")
            }
            do {
                let (graph, map) = try Passes.optimise(request.graph, results: wanted, through: pass)
                return GraphPrinter.text(of: graph, results: wanted.compactMap { map[Int($0.index)] })
            } catch { throw DaedalError(host: "\(error)") }
        case .plan: return "\(block.plan)\narena \(block.plan.arenaByteCount) bytes\n"
        default: return GraphPrinter.text(of: request.graph, results: wanted)
        }
    }

    /// Runs a script for its plans, in an interpreter of its own that may read what this one may.
    private func forecast(_ text: String, name: String) throws(DaedalError) -> (planner: Interpreter, ForecastRun) {
        let planner = Interpreter(planningFor: self)
        let program = Parser.parse(planner.session.sources.add(name: name, text: text))
        try planner.refuse(Checker.check(program, for: planner.machine))
        do throws(RuntimeFailure) { return (planner, try ForecastRun(program, in: planner.machine)) } catch { throw planner.error(error) }
    }

    /// A place as `file:line`.
    func place(_ span: Span) -> String {
        let source = session.sources.source(of: span)
        return "\(source.name):\(source.line(at: span.start))"
    }
}
