import DaedalTensor

/// Everything from outside that a traced block depended on, flattened: what a replay compares, and the tensors that it binds anew.
struct OutsideValues {
    /// One leaf of the values.
    private enum Leaf {
        /// A tensor, by type and shape; `same` is the first leaf that held the very same tensor. The lengths of a padded one follow as a leaf.
        case tensor(ElementType, Shape, same: Int, isPadded: Bool)
        case plain(Value)
        /// A list, record or dictionary of so many parts with these names.
        case container(count: Int, names: [String]?, keys: [DictionaryKey]?)
    }

    private var leaves: [Leaf] = []
    /// The tensors in order, by the position of their leaf.
    private(set) var tensors: [(leaf: Int, object: TensorObject)] = []
    private var tensorIndex: [ObjectIdentifier: Int] = [:]
    /// The first leaf of every value, to name what changed.
    private var starts: [Int] = []

    init(_ values: [Value]) {
        for value in values {
            starts.append(leaves.count)
            add(value)
        }
    }

    private mutating func add(_ value: Value) {
        switch value {
        case .tensor(let tensor):
            let at = leaves.count
            let same = tensorIndex[ObjectIdentifier(tensor)] ?? at
            tensorIndex[ObjectIdentifier(tensor)] = same
            leaves.append(.tensor(tensor.type, tensor.shape, same: same, isPadded: tensor.notes?.lengths != nil))
            tensors.append((at, tensor))
            if let lengths = tensor.notes?.lengths { add(.tensor(lengths)) }
        case .list(let list):
            leaves.append(.container(count: list.items.count, names: nil, keys: nil))
            for item in list.items { add(item) }
        case .record(let record):
            leaves.append(.container(count: record.fields.count, names: record.names, keys: nil))
            for field in record.fields { add(field) }
        case .dictionary(let dictionary):
            leaves.append(.container(count: dictionary.values.count, names: nil, keys: dictionary.keys))
            for item in dictionary.values { add(item) }
        default: leaves.append(.plain(value))
        }
    }

    /// The tensors by leaf.
    var traced: [TensorObject?] {
        var result = [TensorObject?](repeating: nil, count: leaves.count)
        for (leaf, object) in tensors { result[leaf] = object }
        return result
    }

    /// The same without holding the tensors.
    var withoutContents: OutsideValues {
        var result = self
        result.tensors = []
        result.tensorIndex = [:]
        return result
    }

    /// Which of the values a leaf belongs to.
    func owner(ofLeaf leaf: Int) -> Int? { starts.lastIndex { $0 <= leaf } }

    /// The leaf that holds a tensor.
    func leaf(of object: AnyObject) -> Int? { tensorIndex[ObjectIdentifier(object)] }

    /// Fills `tensors` (by leaf) from values that stand where those of the trace stood; false if anything but the contents of tensors differs.
    func match(_ values: [Value], into tensors: inout [TensorObject?]) -> Bool {
        guard values.count == starts.count else { return false }
        if tensors.count != leaves.count { tensors = [TensorObject?](repeating: nil, count: leaves.count) }
        var at = 0
        for value in values where !match(value, &at, &tensors) { return false }
        return at == leaves.count
    }

    private func match(_ value: Value, _ at: inout Int, _ tensors: inout [TensorObject?]) -> Bool {
        guard at < leaves.count else { return false }
        let here = at
        at += 1
        switch (leaves[here], value) {
        case (.tensor(let type, let shape, let same, let isPadded), .tensor(let tensor)):
            guard tensor.type == type, tensor.shape == shape, (tensor.notes?.lengths != nil) == isPadded else { return false }
            tensors[here] = tensor
            guard same == here || tensors[same] === tensor else { return false }
            guard isPadded, let lengths = tensor.notes?.lengths else { return true }
            return match(.tensor(lengths), &at, &tensors)
        case (.plain(let known), _): return known.isSame(as: value)
        case (.container(let count, nil, nil), .list(let list)):
            guard list.items.count == count else { return false }
            for item in list.items where !match(item, &at, &tensors) { return false }
            return true
        case (.container(let count, let names, nil), .record(let record)):
            guard record.fields.count == count, record.names == names else { return false }
            for field in record.fields where !match(field, &at, &tensors) { return false }
            return true
        case (.container(_, nil, let keys?), .dictionary(let dictionary)):
            guard dictionary.keys == keys else { return false }
            for item in dictionary.values where !match(item, &at, &tensors) { return false }
            return true
        default: return false
        }
    }

    /// The positions of the values that differ from others in more than the contents of tensors.
    func changed(from values: [Value]) -> [Int] {
        var result: [Int] = []
        var tensors = [TensorObject?](repeating: nil, count: leaves.count)
        for (i, value) in values.enumerated() where i < starts.count {
            var at = starts[i]
            let end = i + 1 < starts.count ? starts[i + 1] : leaves.count
            if !match(value, &at, &tensors) || at != end { result.append(i) }
        }
        return result
    }
}

extension Value {
    /// Whether two values of lists, records and plain numbers are equal.
    func isSame(asPlain other: Value) -> Bool {
        let (a, b) = (TensorTree(self), TensorTree(other))
        return a.hasForm(of: b) && zip(a.leaves, b.leaves).allSatisfy { $0.isSame(as: $1) }
    }

    /// Whether two plain values would make a program do the same: equal numbers and strings, identical functions, models and objects.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.none, .none): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)): a === b || a.text == b.text
        case (.range(let a), .range(let b)): a.start == b.start && a.end == b.end && a.step == b.step
        case (.function(let a), .function(let b)): a === b
        case (.model(let a), .model(let b)): a === b
        case (.object(let a), .object(let b)): a === b
        default: false
        }
    }
}
