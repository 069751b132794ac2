import DaedalSyntax
package final class Machine: EvaluationContext {
    package init(session: Session) { super.init(session: session, trace: Trace(.eager)) }
    package func run(_ p: Program) throws(RuntimeFailure) -> Value { .none }
    package func enter(_ p: Program) throws(RuntimeFailure) -> Value { .none }
    package func runTests(of p: Program) throws(RuntimeFailure) -> [(name: String, failure: RuntimeFailure?)] { [] }
    package func value(of n: String) -> Value? { nil }
    package func define(_ n: String, _ v: Value) {}
}
