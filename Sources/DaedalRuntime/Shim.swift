// Stands in for rooms that are still being built; whoever lands one of these removes it here.
import DaedalSyntax
import DaedalTensor

enum Operators {
    static func binary(_ op: BinaryOperator, _ a: Value, _ b: Value, in c: EvaluationContext, at s: Span) throws(RuntimeFailure) -> Value { a }
    static func unary(_ op: UnaryOperator, _ a: Value, in c: EvaluationContext, at s: Span) throws(RuntimeFailure) -> Value { a }
    static func comparison(_ op: ComparisonOperator, _ a: Value, _ b: Value, in c: EvaluationContext, at s: Span) throws(RuntimeFailure) -> Value {
        a
    }
}
enum Resolver { static func check(_ p: Program, session: Session) -> [Diagnostic] { [] } }
enum TensorPrinter { static func text(of: Tensor) -> String { "" } }
extension TensorNatives {
    static func sort(_ x: TensorObject, axis: Int, descending: Bool, _ call: NativeCall) throws(RuntimeFailure) -> Value { .none }
}
