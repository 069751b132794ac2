import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The one seam between traces and whatever computes them.
package enum Evaluation {
    /// The values of nodes of a trace whose inputs are all bound.
    static func run(_ trace: Trace, results: [NodeID], in context: EvaluationContext) throws(RuntimeFailure) -> [Tensor] {
        var inputs: [Tensor] = []
        inputs.reserveCapacity(trace.inputs.count)
        for input in trace.inputs {
            guard let input else { preconditionFailure("an eager trace with an unbound input") }
            inputs.append(input.currentTensor)
        }
        do throws(PlanFailure) {
            return try context.session.evaluate(PlanRequest(graph: trace.graph, results: results), inputs: inputs)
        } catch {
            throw failure(error, at: trace.span(of: error.origin))
        }
    }

    /// A plan's failure in the user's terms.
    package static func failure(_ failure: PlanFailure, at span: Span) -> RuntimeFailure {
        switch failure.reason {
        case .indexOutOfRange(let index, let limit):
            RuntimeFailure("E503", "index \(index) is out of range: the axis has \(limit) \(limit == 1 ? "element" : "elements")", at: span)
        case .integerDivisionByZero: RuntimeFailure("E504", "an integer is divided by zero", at: span)
        case .notFinite(let value): RuntimeFailure("E505", "the value is \(value), not a finite number", at: span)
        case .outOfMemory(let bytes): outOfMemory(bytes, at: span)
        }
    }

    /// The failure to get memory.
    package static func outOfMemory(_ byteCount: Int?, at span: Span) -> RuntimeFailure {
        let size =
            byteCount.map { $0 >= 1 << 30 ? "\($0 >> 30) GB" : $0 >= 1 << 20 ? "\($0 >> 20) MB" : "\($0) bytes" } ?? "more bytes than can be counted"
        return RuntimeFailure("E506", "there is no memory for a tensor of \(size)", at: span)
    }
}

extension Session {
    /// Computes a plan's results, tests its finite check, and commits its updates.
    package func evaluate(_ request: PlanRequest, inputs: [Tensor]) throws(PlanFailure) -> [Tensor] {
        do {
            let wanted = request.results + request.updates.map(\.node) + (request.finiteCheck.map { [$0] } ?? [])
            let values = try Reference.evaluate(request.graph, inputs: inputs, results: wanted)
            if request.finiteCheck != nil, let last = values.last, !last.double(at: 0).isFinite {
                throw PlanFailure(.notFinite(last.double(at: 0)), origin: 0)
            }
            for (update, value) in zip(request.updates, values.dropFirst(request.results.count)) {
                inputs[update.input].pointer.copyMemory(from: value.pointer, byteCount: value.byteCount)
            }
            return Array(values.prefix(request.results.count))
        } catch let failure as PlanFailure {
            throw failure
        } catch Reference.Failure.indexOutOfRange(let index, let limit) {
            throw PlanFailure(.indexOutOfRange(index: index, limit: limit), origin: 0)
        } catch Reference.Failure.integerDivisionByZero {
            throw PlanFailure(.integerDivisionByZero, origin: 0)
        } catch Reference.Failure.outOfMemory {
            throw PlanFailure(.outOfMemory(byteCount: nil), origin: 0)
        } catch {
            preconditionFailure("a trace that the reference evaluator does not take: \(error)")
        }
    }
}
