// Stands in for rooms that are still being built; whoever lands one of these removes it here.
import DaedalSyntax
import DaedalTensor

extension Resolver { static func check(_ p: Program, session: Session) -> [Diagnostic] { [] } }
enum TensorPrinter { static func text(of: Tensor) -> String { "" } }
extension TensorNatives {
    static func sort(_ x: TensorObject, axis: Int, descending: Bool, _ call: NativeCall) throws(RuntimeFailure) -> Value { .none }
}
