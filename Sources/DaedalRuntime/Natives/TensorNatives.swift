import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The natives that work on tensors, one file a family.
package enum TensorNatives {
    /// All of them; `NativeTable` finds them by name.
    nonisolated(unsafe) package static let all: [NativeFunction] =
        elementwise + reductions + creation + movement + repetition + windows + products + places + ordering + random + loops + gradients
        + [Padding.withLengths]
}

extension NativeFunction {
    typealias Lowered = (inout NativeCall) throws(RuntimeFailure) -> Value

    /// A native on tensors: while checking, arguments that are not known make the result unknown instead of an error.
    static func tensor(
        _ name: String, _ parameters: [Parameter], unknown: UnknownKind = .tensor, _ body: @escaping Lowered
    ) -> NativeFunction {
        NativeFunction(name, parameters, .symbolic) { (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            guard call.context.isChecking else { return Padding.carried(try body(&call), through: call) }
            for argument in call.arguments where argument.isUnknownAsTensor { return .unknown(unknown) }
            do throws(RuntimeFailure) { return try body(&call) } catch {
                if error.isUnknownWhileChecking { return .unknown(unknown) }
                throw error
            }
        }
    }
}

extension Value {
    /// Whether the checker does not know the shape of a tensor, or whether it is one. Unknown numbers are known enough.
    fileprivate var isUnknownAsTensor: Bool {
        switch self {
        case .unknown(.anything), .unknown(.tensor), .unknown(.list), .unknown(.record), .unknown(.dictionary): true
        default: false
        }
    }
}

extension NativeCall {
    /// A tensor; numbers and rectangular lists of them arrive as tensors.
    package func tensor(_ position: Int, wide: Bool = false) throws(RuntimeFailure) -> TensorObject {
        guard let tensor = try TensorLiteral.tensor(from: arguments[position], in: context, at: span, wide: wide) else {
            throw wrongKind(position, "a tensor (or numbers)")
        }
        return tensor
    }

    /// An argument that is a plain number stays one; everything else must be a tensor.
    package func numberOrTensor(_ position: Int) throws(RuntimeFailure) -> Value {
        arguments[position].isNumber ? arguments[position] : .tensor(try tensor(position))
    }

    /// Begins the nodes of this call.
    package func lowering() throws(RuntimeFailure) -> Lowering { try Lowering(context, at: span) }
}
