import DaedalData
import DaedalGraph
import DaedalRuntime
import DaedalSyntax
import DaedalTensor
import Testing

/// A host that grants nothing.
private final class SilentHost: Host {
    func print(_ text: String) {}
    func progress(_ text: String) {}
    var progressIsTerminal: Bool { false }
    func clock() -> Double? { nil }
    var files: any FileAccess { NoFiles() }
    var arguments: [String] { [] }
    var isInterrupted: Bool { false }
}

/// Calls natives and operators directly, without a program around them.
final class TensorBench {
    let context: NativeContext

    init(checking: Bool = false, seed: UInt64 = 0) {
        let session = Session(host: SilentHost())
        session.seed = seed
        context = NativeContext(session: session, checking: checking)
    }

    var trace: Trace { context.trace }

    func call(_ callee: Value, _ arguments: Arguments, at span: Span = .none) throws(RuntimeFailure) -> Value {
        try context.call(callee, arguments, at: span)
    }

    func force(_ tensor: TensorObject) throws(RuntimeFailure) -> Tensor { try context.force(tensor) }

    /// Calls a native by name.
    func run(
        _ name: String, _ positional: Value..., named: KeyValuePairs<String, Value> = [:], at offset: Int = 0
    ) throws(RuntimeFailure) -> Value {
        guard let native = NativeTable.lookup(name) else { throw RuntimeFailure("E101", "no \(name)", at: .none) }
        return try call(
            native, Arguments(positional, named: named.map { ($0.key, $0.value) }), at: Span(source: 0, start: offset, end: offset + 1))
    }

    /// A Swift closure as a function of the language.
    func function(_ parameters: Int, _ body: @escaping ([Value]) throws(RuntimeFailure) -> Value) -> Value {
        .function(
            NativeFunction("closure", (0..<parameters).map { .init("a\($0)") }, .symbolic) {
                (call: inout NativeCall) throws(RuntimeFailure) -> Value in
                try body(call.arguments)
            })
    }

    /// The contents of a tensor or number as doubles.
    func numbers(_ value: Value) throws(RuntimeFailure) -> [Double] {
        switch value {
        case .tensor(let tensor): return try force(tensor).doubles
        case .int(let int): return [Double(int)]
        case .float(let float): return [float]
        case .bool(let bool): return [bool ? 1 : 0]
        case .list(let list):
            var all: [Double] = []
            for item in list.items { all += try numbers(item) }
            return all
        default: return []
        }
    }

    func shape(_ value: Value) -> Shape? { if case .tensor(let tensor) = value { tensor.shape } else { nil } }
    func type(_ value: Value) -> ElementType? { if case .tensor(let tensor) = value { tensor.type } else { nil } }

    func binary(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws(RuntimeFailure) -> Value {
        try Operators.binary(operation, a, b, in: context, at: .none)
    }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral {
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .float(value) }
    package init(arrayLiteral elements: Value...) { self = .list(elements) }
}

extension RuntimeFailure: CustomTestStringConvertible {
    package var testDescription: String { "\(diagnostic.code): \(diagnostic.message)" }
}
