import DaedalRuntime
import DaedalSyntax

/// The events of a training that runs on a thread of its own, as they come. The training begins at once; when nobody waits for events any more
/// (the loop ends, its task is cancelled), it finishes its step, keeps the model and stops.
public struct TrainingEvents: AsyncSequence {
    /// Delivers one event after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncThrowingStream<TrainingEvent, any Error>.Iterator
        /// The next event, or nil after the last.
        /// - Throws: `DaedalError` if the training fails.
        public mutating func next() async throws -> TrainingEvent? { try await base.next() }
    }

    let stream: AsyncThrowingStream<TrainingEvent, any Error>
    /// Begins to deliver.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: stream.makeAsyncIterator()) }
}

extension Interpreter {
    /// Trains what a script calls `name` and tells how it goes. The name stands for a training (`let run = train …` at the top of a script, which
    /// is carried out again and bound to the new run) or for a function without parameters (`fn fit() = train …`, which is called).
    ///
    /// Whoever uses the interpreter meanwhile waits until the training has ended.
    public func train(_ name: String) -> TrainingEvents {
        let (stream, continuation) = AsyncThrowingStream<TrainingEvent, any Error>.makeStream(bufferingPolicy: .unbounded)
        let interruption = interruption
        interruption.clear()
        continuation.onTermination = { reason in
            if case .cancelled = reason { interruption.request() }
        }
        // The lock lets one thread at a time use the interpreter.
        nonisolated(unsafe) let interpreter = self
        let thread = DeepThread {
            interpreter.exclusively {
                let before = interpreter.onTraining
                interpreter.onTraining = { event in
                    before?(event)
                    continuation.yield(event)
                }
                defer { interpreter.onTraining = before }
                do throws(DaedalError) {
                    try interpreter.carryOutTraining(name)
                    continuation.finish()
                } catch { continuation.finish(throwing: error) }
                // A request that came for this training is over with it.
                interruption.clear()
            }
        }
        if !thread.start() { continuation.finish(throwing: hostError("there is no thread to train on")) }
        return TrainingEvents(stream: stream)
    }

    private func carryOutTraining(_ name: String) throws(DaedalError) {
        if let text = trainings[name] {
            try enter("let \(name) = \(text)", name: "<\(name)>")
            return
        }
        guard let value = try value(of: name) else { throw hostError("argument `\(name)`: no script has bound this name") }
        guard case .function = value else {
            throw hostError("argument `\(name)`: this is \(value.kindWithArticle), neither a training nor a function")
        }
        let _: ScriptValue = try call(ScriptValue(value: value, interpreter: self), [], named: name)
    }

    /// The texts of the trainings that scripts bound at their top level, by name.
    private var trainings: [String: String] {
        var result: [String: String] = [:]
        for program in programs {
            for statement in program.statements {
                guard case .binding(_, let bindings) = statement.kind else { continue }
                for binding in bindings {
                    guard case .name(let name) = binding.pattern else { continue }
                    result[name.text] = nil
                    if case .train = binding.value.kind { result[name.text] = program.source.text(binding.value.span) }
                }
            }
        }
        return result
    }
}
