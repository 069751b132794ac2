/// What the user sees while a model trains: a line that is redrawn on a terminal, one line an epoch elsewhere.
struct TrainingProgress {
    private let host: any Host
    private let isQuiet: Bool
    private let model: String
    private let dataset: String
    private let epochs: Int
    private let steps: Int
    private var lastDrawn = 0.0

    init(_ host: any Host, isQuiet: Bool, model: String, dataset: String, epochs: Int, steps: Int) {
        self.host = host
        self.isQuiet = isQuiet
        self.model = model
        self.dataset = dataset
        self.epochs = epochs
        self.steps = steps
    }

    private func event(_ kind: TrainingEvent.Kind) -> TrainingEvent {
        TrainingEvent(kind, model: model, dataset: dataset, epochs: epochs, steps: steps)
    }

    /// Tells the host that training begins.
    func begin() { host.training(event(.begin)) }

    /// Tells the host how it ended.
    func end(_ stopped: String, step: Int, epoch: Int, seconds: Double?, arenaByteCount: Int) {
        var event = event(.end)
        (event.stopped, event.step, event.epoch, event.seconds, event.arenaByteCount) = (stopped, step, epoch, seconds, arenaByteCount)
        host.training(event)
    }

    /// Redraws the line, at most ten times a second.
    mutating func step(_ step: Int, epoch: Int, batch: Int, of batches: Int, loss: @autoclosure () -> Double?) {
        if host.wantsTrainingStep {
            var event = event(.step)
            (event.step, event.epoch) = (step, epoch)
            if let loss = loss() { event.values = [("loss", loss)] }
            host.training(event)
        }
        guard !isQuiet, host.progressIsTerminal, let now = host.clock(), now - lastDrawn > 0.1 else { return }
        lastDrawn = now
        let done = batches > 0 ? batch * 20 / batches : 0
        let bar = String(repeating: "#", count: done) + String(repeating: ".", count: max(20 - done, 0))
        host.progress("\r\u{1B}[Kepoch \(epoch)/\(epochs) [\(bar)] \(batch)/\(batches)" + (loss().map { "  loss \(Self.short($0))" } ?? ""))
    }

    /// Ends the line of an epoch.
    func epoch(_ epoch: Int, _ columns: [(name: String, value: Value)], step: Int, seconds: Double?) {
        var event = event(.epoch)
        (event.step, event.epoch, event.seconds) = (step, epoch, seconds)
        event.values = columns.compactMap { column in column.value.number.map { (column.name, $0) } }
        host.training(event)
        guard !isQuiet else { return }
        var line = "epoch \(epoch)/\(epochs)"
        for (name, value) in columns { if let number = value.number { line += "  \(name) \(Self.short(number))" } }
        if let seconds { line += "  \(Self.short(seconds)) s" }
        host.progress((host.progressIsTerminal ? "\r\u{1B}[K" : "") + line + "\n")
    }

    /// Says something on a line of its own.
    func note(_ text: String) {
        if !isQuiet { host.progress((host.progressIsTerminal ? "\r\u{1B}[K" : "") + text + "\n") }
    }

    /// Four significant digits.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        let magnitude = abs(value)
        if magnitude >= 1e6 || magnitude < 1e-4 {
            var exponent = 0, mantissa = magnitude
            while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
            while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
            return "\(value < 0 ? "-" : "")\((mantissa * 1000).rounded() / 1000)e\(exponent)"
        }
        var digits = 3, bound = 10.0
        while magnitude >= bound && digits > 0 { (digits, bound) = (digits - 1, bound * 10) }
        var scale = 1.0
        for _ in 0..<(magnitude < 1 ? 4 : digits) { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && magnitude >= 1000 ? "\(Int(rounded))" : "\(rounded)"
    }
}
