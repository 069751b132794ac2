import DaedalSyntax

/// What `train` gives: the model, and how it went.
package final class RunObject: Object {
    private let model: ModelObject
    private let history: [Value]
    private let best: Value
    private let epochs: Int
    private let seconds: Double
    private let stopped: String

    init(model: ModelObject, history: [Value], best: Value, epochs: Int, seconds: Double, stopped: String) {
        self.model = model
        self.history = history
        self.best = best
        self.epochs = epochs
        self.seconds = seconds
        self.stopped = stopped
    }

    override package var kindName: String { "run" }
    override package var text: String { "<run of \(model.name), \(epochs) epoch\(epochs == 1 ? "" : "s"), \(stopped)>" }
    override package var memberNames: [String] { ["model", "history", "best", "epochs", "seconds", "stopped"] }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "model": .model(model)
        case "history": .list(history)
        case "best": best
        case "epochs": .int(epochs)
        case "seconds": .float(seconds)
        case "stopped": .string(stopped)
        default: nil
        }
    }
}
