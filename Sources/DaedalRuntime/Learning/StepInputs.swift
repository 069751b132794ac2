import DaedalGraph
import DaedalTensor

/// What an optimizer remembers of one parameter.
final class ParameterMemory {
    let parameter: Parameter
    /// Steps taken so far.
    var steps = 0
    /// The optimizer's states, in their order.
    let states: [TensorCell]

    init(_ parameter: Parameter, states: [TensorCell]) {
        self.parameter = parameter
        self.states = states
    }
}

/// A number that changes from step to step, as a rank-0 input of plans. Its tensor is made once and written before each step.
final class NumberInput: TraceInput {
    private let contents: Tensor
    let signature: Signature

    /// Creates an input of a float type.
    init(_ type: ElementType) throws(AllocationFailure) {
        signature = Signature(type: type, shape: .scalar)
        contents = try Tensor(zeros: signature)
    }

    /// Writes the number for the next execution.
    func set(_ value: Double) {
        switch signature.type {
        case .f64: contents.elements(as: Double.self)[0] = value
        case .f32: contents.elements(as: Float.self)[0] = Float(value)
        case .i64: contents.elements(as: Int64.self)[0] = Int64(clampedTruncating: value)
        case .i32: contents.elements(as: Int32.self)[0] = Int32(truncatingIfNeeded: Int64(clampedTruncating: value))
        case .bool: contents.elements(as: Bool.self)[0] = value != 0
        }
    }

    var currentTensor: Tensor { contents }
}
