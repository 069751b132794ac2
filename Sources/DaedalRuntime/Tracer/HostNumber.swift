import DaedalGraph
import DaedalTensor

/// A plain number as an input of an eager plan.
final class HostNumber: TraceInput {
    let signature: Signature
    let currentTensor: Tensor

    /// Creates the input of a literal; nil without memory for it.
    init?(bits: UInt64, type: ElementType) {
        do throws(AllocationFailure) {
            switch type {
            case .bool: currentTensor = try Tensor(scalar: bits != 0)
            case .i32: currentTensor = try Tensor(scalar: Int32(truncatingIfNeeded: Int64(bitPattern: bits)))
            case .i64: currentTensor = try Tensor(scalar: Int64(bitPattern: bits))
            case .f32: currentTensor = try Tensor(scalar: Float(Double(bitPattern: bits)))
            case .f64: currentTensor = try Tensor(scalar: Double(bitPattern: bits))
            }
        } catch { return nil }
        signature = Signature(type: type, shape: .scalar)
    }

    /// Whether a number is one of those that programs write again and again, which plans may simplify with: small integers and halves.
    static func isCommon(_ bits: UInt64, _ type: ElementType) -> Bool {
        switch type {
        case .bool: true
        case .i32, .i64: (-16...16).contains(Int64(bitPattern: bits))
        case .f32, .f64: [0, 0.5, 1, 2, 3, 4, -1, -0.5, -2, .infinity, -.infinity].contains(Double(bitPattern: bits))
        }
    }
}
