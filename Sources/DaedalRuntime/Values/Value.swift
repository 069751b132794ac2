// DaedalRuntime: what a program means. In: trees, the library, a host. Out: checked programs, values, effects through the host.
// Rooms inside: Values, Checker, Compiler (tree to code), Machine (runs code), Tracer (tensors to graphs), Natives, Models, Learning, Datasets.
// Never: the file system, the terminal, the clock (all injected as `Host`), kernels.

import DaedalTensor

/// Whatever an expression can give. Numbers and booleans are inline; everything else is one reference.
///
/// Lists, dictionaries, records, ranges and strings are values to the script: their objects are changed in place only by whoever holds the sole
/// reference. The last two cases exist only while checking: the machine never meets them.
package enum Value {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(StringObject)
    case range(RangeObject)
    case list(ListObject)
    case dictionary(DictionaryObject)
    case record(RecordObject)
    case tensor(TensorObject)
    /// Anything that is called but is not a model: closures, natives, partial calls, compositions, networks, dataset and optimizer declarations.
    case function(FunctionObject)
    case model(ModelObject)
    /// Everything else that has members: modules, element types, quantities, datasets, splits, optimizers, runs, fitted statistics, host objects.
    case object(Object)

    /// An integer that is not known before the program runs, as a symbolic size (checker only).
    case size(Size)
    /// A value of which at most the kind is known (checker only).
    case unknown(UnknownKind)
}

/// What the checker knows of a value it cannot compute.
package enum UnknownKind: UInt8, Sendable { case anything, bool, int, float, number, string, list, dictionary, record, tensor, function, model, none }

extension Value {
    /// The kind as an error message names it: `integer`, `list`, `tensor`, …
    package var kindName: String {
        switch self {
        case .none: "none"
        case .bool: "boolean"
        case .int, .size: "integer"
        case .float: "float"
        case .string: "string"
        case .range: "range"
        case .list: "list"
        case .dictionary: "dictionary"
        case .record: "record"
        case .tensor: "tensor"
        case .function(let function): function.kindName
        case .model: "model"
        case .object(let object): object.kindName
        case .unknown(let kind): kind == .anything ? "value" : String(describing: kind)
        }
    }

    package static func string(_ text: String) -> Value { .string(StringObject(text)) }
    package static func list(_ items: [Value]) -> Value { .list(ListObject(items)) }
}
