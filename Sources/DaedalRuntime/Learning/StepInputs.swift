import DaedalGraph
import DaedalTensor

/// What an optimizer remembers of one parameter.
final class ParameterMemory {
    let parameter: Parameter
    /// Steps taken so far.
    var steps: Int {
        get { counter.pointee }
        set { counter.pointee = newValue }
    }
    /// Where the steps are counted: plans count those of many parameters at a time.
    let counter: UnsafeMutablePointer<Int>
    /// The optimizer's states, in their order.
    let states: [TensorCell]

    init(_ parameter: Parameter, states: [TensorCell]) {
        self.parameter = parameter
        self.states = states
        counter = .allocate(capacity: 1)
        counter.initialize(to: 0)
    }

    deinit { counter.deallocate() }
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
    func set(_ value: Double) { slot.set(value) }

    /// Where the number stands. It stays there as long as the input lives.
    var slot: NumberSlot { NumberSlot(type: signature.type, address: contents.pointer) }

    var currentTensor: Tensor { contents }
}

/// The place in memory of a number of some type.
struct NumberSlot {
    let type: ElementType
    let address: UnsafeMutableRawPointer

    /// Writes a number.
    @inline(__always) func set(_ value: Double) {
        switch type {
        case .f64: address.storeBytes(of: value, as: Double.self)
        case .f32: address.storeBytes(of: Float(value), as: Float.self)
        case .i64: address.storeBytes(of: Int64(clampedTruncating: value), as: Int64.self)
        case .i32: address.storeBytes(of: Int32(truncatingIfNeeded: Int64(clampedTruncating: value)), as: Int32.self)
        case .bool: address.storeBytes(of: value != 0, as: Bool.self)
        }
    }
}
