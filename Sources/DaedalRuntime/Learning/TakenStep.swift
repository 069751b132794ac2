import DaedalSyntax

/// What one step of a training gave, averaged over its batches: what `each step` sees.
struct TakenStep {
    /// Batches and examples.
    private(set) var count = 0
    private(set) var examples = 0
    private var sums: [(name: String, value: Double)] = []

    /// The loss before the step.
    var loss: Double? { sums.first { $0.name == "loss" }.map { $0.value / Double(max(examples, 1)) } }

    /// Adds a batch whose numbers nobody asks for one by one.
    mutating func add(count: Int) {
        self.count += 1
        examples += count
    }

    /// Adds the numbers that a batch gave.
    mutating func add(_ numbers: UnsafePointer<Double>, _ names: NumberNames, count: Int) {
        add(count: count)
        for (i, name) in names.names.enumerated() where name != "prediction" { add(numbers[i], name, count: count) }
    }

    private mutating func add(_ number: Double, _ name: String, count: Int) {
        if let at = sums.firstIndex(where: { $0.name == name }) {
            sums[at].value += number * Double(count)
        } else {
            sums.append((name, number * Double(count)))
        }
    }

    /// Adds what a batch gave: the numbers of its record.
    mutating func add(_ value: Value, count: Int, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        add(count: count)
        guard case .record(let record) = value, let names = record.names else { return }
        for (name, field) in zip(names, record.fields) where name != "prediction" {
            let number: Double
            if case .tensor(let tensor) = field, tensor.shape.elementCount == 1 {
                number = try context.force(tensor, at: span).double(at: 0)
            } else {
                guard let plain = field.number else { continue }
                number = plain
            }
            add(number, name, count: count)
        }
    }

    /// The record that `each step` gets.
    func row(_ position: TrainingPosition, rate: Double?) -> Value {
        let numbers = sums.map { ($0.name, Value.float($0.value / Double(max(examples, 1)))) }
        return .record(
            RecordObject(
                names: ["step", "epoch", "batch"] + numbers.map(\.0) + ["rate"],
                fields: [.int(position.steps), .int(position.epoch), .int(position.batch)] + numbers.map(\.1) + [rate.map { .float($0) } ?? .none]))
    }
}
