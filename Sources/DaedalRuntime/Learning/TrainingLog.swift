import DaedalData
import DaedalSyntax

/// `log "folder"`: how training goes, for programs that look on or later. `log.jsonl` has one JSON object a line (`step`, then `epoch` events), an
/// event file the same numbers for TensorBoard. Both grow while the training runs.
final class TrainingLog {
    private let folder: String
    private let host: any Host
    private let span: Span
    private let eventFile: String
    private var lines: [UInt8] = []
    private var events = EventRecords()
    private var lastFlush: Double?

    /// Seconds and bytes after which what is known is written.
    private static let patience = 1.0, mostBytes = 1 << 16

    /// Opens the log of a run that begins after some steps: lines of later steps, of a run that ended badly, go.
    init(_ folder: String, of training: Training, at span: Span) throws(RuntimeFailure) {
        let position = training.position, steps = position.steps
        self.folder = folder
        self.span = span
        host = training.context.session.host
        let time = host.date() ?? 0
        eventFile = "\(folder)/events.out.tfevents.\(Int64(clampedTruncating: time)).daedal.\(steps)"
        do throws(DataFailure) {
            try host.files.makeFolder(folder)
            try host.files.write(steps > 0 ? Self.kept("\(folder)/log.jsonl", through: position, host) : [], to: "\(folder)/log.jsonl")
            try host.files.write([], to: eventFile)
        } catch { throw RuntimeFailure(data: error, at: span) }
        lastFlush = host.clock()
        events.begin(step: steps, time: time)
        add(
            "begin",
            [
                ("model", .text(training.model.name)), ("dataset", .text(training.dataset.name)), ("step", .integer(steps)),
                ("steps", .integer(training.mostSteps)), ("epochs", .integer(training.epochs)), ("time", .number(time)),
            ])
        try flush()
    }

    /// The lines of a log up to where a training stands; the row of an epoch that goes on will be written anew.
    private static func kept(_ path: String, through position: TrainingPosition, _ host: any Host) throws(DataFailure) -> [UInt8] {
        guard (try? host.files.stamp(of: path)) != nil else { return [] }
        var result: [UInt8] = []
        for line in try host.files.read(path).split(separator: 0x0A) {
            // A run that was ended from outside may have left half a line.
            guard let json = try? JSONParser.parse(Array(line), file: path, offset: 0), case .integer(let step)? = json["step"],
                step <= position.steps, json["event"] != .text("end")
            else { continue }
            if json["event"] == .text("epoch"), position.batch > 0, json["epoch"] == .integer(position.epoch) { continue }
            result += line + [0x0A]
        }
        return result
    }

    /// A step was taken.
    func step(_ position: TrainingPosition, loss: Double?, rate: Double?) throws(RuntimeFailure) {
        var numbers: [(String, Double)] = []
        if let loss { numbers.append(("loss", loss)) }
        if let rate { numbers.append(("rate", rate)) }
        add(
            "step",
            [("step", .integer(position.steps)), ("epoch", .integer(position.epoch))] + numbers.map { ($0.0, JSONValue.number($0.1)) })
        events.scalars(numbers.map { ("step/\($0.0)", $0.1) }, step: position.steps, time: host.date() ?? 0)
        if let now = host.clock(), let last = lastFlush, now - last < Self.patience, lines.count + events.bytes.count < Self.mostBytes { return }
        try flush()
    }

    /// An epoch has ended.
    func epoch(
        _ position: TrainingPosition, _ columns: [(name: String, value: Value)], rate: Double?, seconds: Double?
    ) throws(RuntimeFailure) {
        var numbers = columns.compactMap { column in column.value.number.map { (column.name, $0) } }
        if let rate { numbers.append(("rate", rate)) }
        if let seconds { numbers.append(("seconds", seconds)) }
        add(
            "epoch",
            [("epoch", .integer(position.epoch)), ("step", .integer(position.steps))] + numbers.map { ($0.0, JSONValue.number($0.1)) })
        events.scalars(numbers.map { ("epoch/\($0.0)", $0.1) }, step: position.steps, time: host.date() ?? 0)
        try flush()
    }

    /// The run is over.
    func end(_ stopped: String, _ position: TrainingPosition, seconds: Double) throws(RuntimeFailure) {
        add(
            "end",
            [
                ("stopped", .text(stopped)), ("epoch", .integer(position.epoch)), ("step", .integer(position.steps)), ("seconds", .number(seconds)),
            ])
        try flush()
    }

    private func add(_ event: String, _ members: [(key: String, value: JSONValue)]) {
        lines += Array((JSONValue.object([("event", .text(event))] + members).json + "\n").utf8)
    }

    private func flush() throws(RuntimeFailure) {
        do throws(DataFailure) {
            try host.files.append(lines, to: "\(folder)/log.jsonl")
            try host.files.append(events.bytes, to: eventFile)
        } catch { throw RuntimeFailure(data: error, at: span) }
        lines.removeAll(keepingCapacity: true)
        events.removeAll()
        lastFlush = host.clock()
    }
}
