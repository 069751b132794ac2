import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension EvaluationContext {
    /// Whether a model acts as in training where the program is now.
    package func isTraining(_ model: ModelObject?) -> Bool {
        if let mode = learning.mode { return mode == .training }
        return (learning.block?.isTraining ?? false) && !(model?.isFrozen ?? false)
    }

    /// Whether a network may be called here: not inside a `forward`, a block, a gradient or the body of a loop, unless the body of a network is
    /// running.
    var mayMakeModels: Bool {
        if learning.making > 0 { return true }
        return learning.calling == 0 && trace.pins == 0 && trace.outer == nil && (learning.block == nil || isChecking)
    }

    /// Evaluates `body` apart from whatever is being traced: with an eager trace of its own and outside of every block.
    func detached<Result>(_ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        let before = (learning.block, learning.mode)
        (learning.block, learning.mode) = (nil, nil)
        defer { (learning.block, learning.mode) = before }
        return try withTrace(.eager) { (_) throws(RuntimeFailure) in try body() }
    }

    /// Evaluates `body` for its shapes alone: whatever it traces is thrown away.
    func withoutEvaluation<Result>(_ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        if isChecking { return try body() }
        let before = (learning.block, learning.mode)
        (learning.block, learning.mode) = (BlockRecord(isTraining: false, isStep: false), nil)
        defer { (learning.block, learning.mode) = before }
        return try withTrace(.block) { (_) throws(RuntimeFailure) in try body() }
    }

    /// Evaluates what is pending outside of blocks before cells that it reads change.
    package func beforeChanging(_ cells: [TensorCell]) throws(RuntimeFailure) {
        if trace.pending.isEmpty { return }
        try flush(trace, beforeChanging: cells.map { $0 as any TraceInput })
    }

    /// A tensor of a shape whose contents do not matter.
    func dummy(_ signature: Signature, at span: Span) throws(RuntimeFailure) -> Value {
        if isChecking { return .tensor(TensorObject(trace: trace, node: trace.input(signature))) }
        return .tensor(TensorObject(try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try Tensor(zeros: signature) }))
    }

    /// The signature of a batch of examples of a shape: one example while running, a symbol while checking.
    func batched(_ shape: Shape, at span: Span) throws(RuntimeFailure) -> Signature {
        Signature(type: .f32, shape: try shape.inserting(isChecking ? .symbol("batch") : 1, at: 0, within: span))
    }

    /// The contents of a number, list or tensor, on its own.
    package func concreteTensor(
        _ value: Value, preferring type: ElementType? = nil, of what: String, at span: Span
    ) throws(RuntimeFailure) -> Tensor {
        guard let object = try TensorLiteral.tensor(from: value, in: self, at: span) else {
            throw RuntimeFailure("E202", "\(what) must be a tensor or a number; this is \(value.kindWithArticle)", at: span)
        }
        let tensor = try force(object, at: span)
        if case .tensor = value { return tensor }
        guard let type, tensor.type != type else { return tensor }
        return try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try tensor.converted(to: type) }
    }

    /// A value as a tensor of the current trace with a given type and shape; a single number fills it.
    func converted(_ value: Value, to signature: Signature, of what: String, at span: Span) throws(RuntimeFailure) -> TensorObject {
        guard let object = try TensorLiteral.tensor(from: value, in: self, at: span) else {
            throw RuntimeFailure("E202", "\(what) must be a tensor or a number; this is \(value.kindWithArticle)", at: span)
        }
        if object.type == signature.type && object.shape == signature.shape { return object }
        let lowering = try Lowering(self, at: span)
        var node = try lowering.cast(lowering.node(object), signature.type)
        if object.shape != signature.shape {
            guard object.shape.rank == 0 || object.shape.first(where: { $0 != 1 }) == nil && object.shape.rank <= signature.shape.rank else {
                throw RuntimeFailure("E201", "\(what) has the shape \(signature.shape), the value has \(object.shape)", at: span)
            }
            node = try lowering.reshape(node, Shape(Array(repeating: Size(1), count: signature.shape.rank)))
            node = try lowering.apply(.expand, [node], target: signature)
        }
        return lowering.tensor(node)
    }
}

extension Tensor {
    /// A tensor of zeros.
    package init(zeros signature: Signature) throws(AllocationFailure) {
        try self.init(uninitialized: signature.type, shape: signature.shape)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// The same numbers in another element type.
    package func converted(to type: ElementType) throws(AllocationFailure) -> Tensor {
        if self.type == type { return self }
        let result = try Tensor(uninitialized: type, shape: shape)
        switch type {
        case .bool: for i in 0..<count { result.elements(as: Bool.self)[i] = double(at: i) != 0 }
        case .i32: for i in 0..<count { result.elements(as: Int32.self)[i] = Int32(truncatingIfNeeded: int(at: i)) }
        case .i64: for i in 0..<count { result.elements(as: Int64.self)[i] = Int64(int(at: i)) }
        case .f32: for i in 0..<count { result.elements(as: Float.self)[i] = Float(double(at: i)) }
        case .f64: for i in 0..<count { result.elements(as: Double.self)[i] = double(at: i) }
        }
        return result
    }

    /// A tensor of a shape that holds the one element of this one everywhere.
    func filled(_ shape: Shape) throws(AllocationFailure) -> Tensor {
        let result = try Tensor(uninitialized: type, shape: shape)
        for i in 0..<result.count {
            (result.pointer + i * type.byteCount).copyMemory(from: pointer, byteCount: type.byteCount)
        }
        return result
    }
}
