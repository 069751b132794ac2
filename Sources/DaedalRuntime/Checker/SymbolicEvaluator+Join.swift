import DaedalGraph
import DaedalTensor

extension SymbolicEvaluator {
    /// What is known when a value is one of two.
    func join(_ a: Value, _ b: Value) -> Value {
        switch (a, b) {
        case (.none, .none): return .none
        case (.bool(let x), .bool(let y)): return x == y ? a : .unknown(.bool)
        case (.int(let x), .int(let y)): return x == y ? a : .unknown(.int)
        case (.size(let x), .size(let y)): return x == y ? a : .unknown(.int)
        case (.int, .size), (.size, .int): return .unknown(.int)
        case (.float(let x), .float(let y)): return x == y ? a : .unknown(.float)
        case (.int, .float), (.float, .int): return .unknown(.number)
        case (.string(let x), .string(let y)): return x.text == y.text ? a : .unknown(.string)
        case (.tensor(let x), .tensor(let y)):
            if x === y { return a }
            guard x.type == y.type, x.shape.rank == y.shape.rank else { return .unknown(.tensor) }
            if x.shape == y.shape, x.notes?.meaning == y.notes?.meaning { return a }
            // Which of the two sizes it is, only a run knows: a fresh symbol stands for it.
            let sizes = zip(x.shape, y.shape).map { $0 == $1 ? $0 : Size.symbol("size") }
            return symbolicTensor(Signature(type: x.type, shape: Shape(sizes)))
        case (.list(let x), .list(let y)):
            if x === y { return a }
            guard x.items.count == y.items.count else { return .unknown(.list) }
            return .list(zip(x.items, y.items).map { join($0, $1) })
        case (.record(let x), .record(let y)):
            if x === y { return a }
            guard x.names == y.names, x.fields.count == y.fields.count else { return .unknown(.record) }
            return .record(RecordObject(names: x.names, fields: zip(x.fields, y.fields).map { join($0, $1) }))
        case (.function(let x), .function(let y)): return x === y ? a : .unknown(.function)
        case (.object(let x), .object(let y)): return x === y ? a : .unknown(.anything)
        case (.unknown(let x), .unknown(let y)): return x == y ? a : .unknown(.anything)
        default: return .unknown(.anything)
        }
    }

    /// A tensor of which type and shape are known and nothing else. It belongs to the trace around all loops: their bodies meet it as a constant.
    func symbolicTensor(_ signature: Signature) -> Value {
        let root = trace.root
        return .tensor(TensorObject(trace: root, node: root.input(signature)))
    }

    /// The kind alone, once a value changes in a way that is not followed.
    func blurred(_ value: Value) -> Value {
        switch value {
        case .bool: .unknown(.bool)
        case .int, .size: .unknown(.int)
        case .float: .unknown(.float)
        case .string: .unknown(.string)
        case .list: .unknown(.list)
        case .dictionary: .unknown(.dictionary)
        case .none, .record, .range: .unknown(.anything)
        case .tensor, .function, .model, .object, .unknown: value
        }
    }
}

/// What stands for a model, dataset, optimizer or run while checking: no native can be called with it.
protocol SymbolicObject: Object {}
extension SymbolicModel: SymbolicObject {}
extension SymbolicOptimizer: SymbolicObject {}
extension SymbolicDataset: SymbolicObject {}
extension SymbolicSplit: SymbolicObject {}
extension SymbolicRun: SymbolicObject {}
extension SymbolicHistory: SymbolicObject {}
extension SymbolicSource: SymbolicObject {}
extension SymbolicRow: SymbolicObject {}
extension SymbolicModule: SymbolicObject {}

extension Value {
    /// Whether it stands for something that only the running program has, and that plain natives cannot be called with.
    var isOutOfReach: Bool {
        if case .object(let object) = self {
            object is any SymbolicObject && !(object is SymbolicModel) && !(object is SymbolicOptimizer)
        } else {
            false
        }
    }

    /// Whether no part of a plain value is unknown or symbolic. Tensors, functions and objects count as known only when `deep` values are not needed.
    var isFullyKnown: Bool {
        switch self {
        case .size, .unknown: false
        case .tensor(let tensor): tensor.value != nil
        case .list(let list): list.items.allSatisfy(\.isFullyKnown)
        case .record(let record): record.fields.allSatisfy(\.isFullyKnown)
        case .dictionary(let dictionary): dictionary.values.allSatisfy(\.isFullyKnown)
        case .object(let object): !(object is any SymbolicObject)
        case .none, .bool, .int, .float, .string, .range, .function, .model: true
        }
    }

    /// Whether an unknown hides in it (symbolic sizes and tensors do not count).
    var hasUnknown: Bool {
        switch self {
        case .unknown: true
        case .list(let list): list.items.contains(where: \.hasUnknown)
        case .record(let record): record.fields.contains(where: \.hasUnknown)
        case .dictionary(let dictionary): dictionary.values.contains(where: \.hasUnknown)
        case .none, .bool, .int, .float, .string, .range, .tensor, .function, .model, .object, .size: false
        }
    }
}
