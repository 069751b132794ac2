/// One thing that a training tells its host while it runs. Fields that a kind does not know are nil or empty.
package struct TrainingEvent: Sendable {
    package enum Kind: String, Sendable {
        case begin, step, epoch, end
    }

    package let kind: Kind
    /// The name of the network, and of the dataset.
    package let model: String
    package let dataset: String
    /// Counted from 1, and how many there are at most.
    package var epoch: Int?
    package let epochs: Int
    /// Steps taken so far, and how many there are at most.
    package var step = 0
    package let steps: Int
    /// Loss, metrics, their validation twins and the rate, by name.
    package var values: [(name: String, value: Double)] = []
    package var seconds: Double?
    /// Why it ended.
    package var stopped: String?
    /// The bytes that plans hold for this training: at the beginning what is predicted (where it was), at the end what was measured.
    package var arenaByteCount: Int?

    package init(_ kind: Kind, model: String, dataset: String, epochs: Int, steps: Int) {
        self.kind = kind
        self.model = model
        self.dataset = dataset
        self.epochs = epochs
        self.steps = steps
    }
}
