import DaedalData
import DaedalSyntax
import DaedalTensor

/// One checkpoint: the model's tensors, what else a training needs to go on, and what is known in words and numbers.
struct Checkpoint {
    var model: [(name: String, tensor: Tensor)] = []
    var tensors: [(name: String, tensor: Tensor)] = []
    var facts: [(key: String, value: JSONValue)] = []
}

/// The checkpoints of a training in a folder: `step-00000500.safetensors` holds the model (any program can load it), `step-00000500.training` all
/// the rest, `latest` the name of the newest. Each file is replaced as a whole; the model comes after what belongs to it, `latest` last.
struct CheckpointWriter {
    private let clause: CheckpointClause
    private let host: any Host
    /// The steps of the newest checkpoint of this run.
    private(set) var lastSteps: Int?
    private var lastTime: Double?
    /// The names of this run's checkpoints, oldest first: those that `keep` may remove.
    private var written: [String] = []

    init(_ clause: CheckpointClause, takenAt steps: Int, in host: any Host) throws(RuntimeFailure) {
        self.clause = clause
        self.host = host
        lastSteps = steps > 0 ? steps : nil
        lastTime = host.clock()
        do throws(DataFailure) { try host.files.makeFolder(clause.folder) } catch { throw RuntimeFailure(data: error, at: clause.span) }
        // A run that goes on with its checkpoints counts the earlier ones among those it keeps.
        if steps > 0 { written = CheckpointReader.names(in: clause.folder, host).filter { CheckpointReader.steps(of: $0) <= steps } }
    }

    /// What tells that a model's file and a training's file were written together.
    static func mark(_ facts: String) -> String { String(RandomState.hash(facts.utf8), radix: 16) }

    /// Whether it is time for a checkpoint, after `epochs` epochs have just ended.
    func isDue(_ position: TrainingPosition, epochs: Int, clock: Double?) -> Bool {
        if lastSteps == position.steps { return false }
        switch clause.every {
        case .steps(let count): return position.steps / count > (lastSteps ?? 0) / count
        case .epochs(let count): return epochs > 0 && position.epoch % count == 0
        case .seconds(let seconds): return clock.map { $0 - (lastTime ?? $0) >= seconds } ?? false
        }
    }

    /// Writes a checkpoint, then removes those that are one too many.
    mutating func write(_ checkpoint: Checkpoint, steps: Int, clock: Double?) throws(RuntimeFailure) {
        let digits = String(steps)
        let name = "step-" + String(repeating: "0", count: max(8 - digits.count, 0)) + digits
        let path = "\(clause.folder)/\(name)"
        do throws(DataFailure) {
            let facts = JSONValue.object(checkpoint.facts).json
            try Safetensors.write(checkpoint.tensors, metadata: ["daedal": facts], to: path + ".training", with: host.files)
            try Safetensors.write(checkpoint.model, metadata: ["training": Self.mark(facts)], to: path + ".safetensors", with: host.files)
            try host.files.write(Array("\(name)\n".utf8), to: "\(clause.folder)/latest")
            written.removeAll { $0 == name }
            written.append(name)
            while let keep = clause.keep, written.count > keep {
                let old = "\(clause.folder)/\(written.removeFirst())"
                // What somebody else has removed already need not be removed.
                for ending in [".safetensors", ".training"] { try? host.files.remove(old + ending) }
            }
        } catch { throw RuntimeFailure(data: error, at: clause.span) }
        (lastSteps, lastTime) = (steps, clock)
    }
}
