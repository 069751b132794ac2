import DaedalTensor

extension Reference {
    /// The elements of a tensor in row-major order: doubles for f32 and f64, Int64 for integers and bools (0 or 1).
    struct Value {
        enum Elements {
            case floats([Double])
            case integers([Int64])
        }

        let signature: Signature
        let elements: Elements

        var shape: [Int] { signature.shape.counts }
        var type: ElementType { signature.type }

        init(_ signature: Signature, _ elements: Elements) {
            self.signature = signature
            self.elements = elements
        }

        /// Doubles for a float type; for others the integers they are.
        init(_ signature: Signature, floats: [Double]) {
            self.signature = signature
            elements = signature.type.isFloat ? .floats(floats) : .integers(floats.map { Int64.saturating($0) })
        }

        /// Integers, wrapped to the width of the type.
        init(_ signature: Signature, integers: [Int64]) {
            self.signature = signature
            elements =
                switch signature.type {
                case .bool: .integers(integers.map { $0 != 0 ? 1 : 0 })
                case .i32: .integers(integers.map { Int64(Int32(truncatingIfNeeded: $0)) })
                case .i64: .integers(integers)
                case .f32, .f64: .floats(integers.map { Double($0) })
                }
        }

        init(_ tensor: Tensor) {
            signature = Signature(type: tensor.type, shape: tensor.shape)
            elements = tensor.type.isFloat ? .floats(tensor.doubles) : .integers((0..<tensor.count).map { Int64(tensor.int(at: $0)) })
        }

        /// As doubles.
        var floats: [Double] {
            switch elements {
            case .floats(let values): values
            case .integers(let values): values.map { Double($0) }
            }
        }

        /// As integers; floats truncate.
        var integers: [Int64] {
            switch elements {
            case .floats(let values): values.map { Int64.saturating($0) }
            case .integers(let values): values
            }
        }

        func reshaped(_ shape: Shape) -> Value { Value(Signature(type: type, shape: shape), elements) }

        /// The elements at flat positions; a negative position gives `fill`.
        func picking(_ places: [Int], _ result: Signature, fill: Double = 0) -> Value {
            switch elements {
            case .floats(let values): Value(result, .floats(places.map { $0 < 0 ? fill : values[$0] }))
            case .integers(let values):
                Value(result, .integers(places.map { $0 < 0 ? Int64(bitPattern: Graph.bits(fill, type)) : values[$0] }))
            }
        }

        /// Rounded to its type.
        func tensor() throws(AllocationFailure) -> Tensor {
            switch type {
            case .bool: try Tensor(integers.map { $0 != 0 }, shape: signature.shape)
            case .i32: try Tensor(integers.map { Int32(truncatingIfNeeded: $0) }, shape: signature.shape)
            case .i64: try Tensor(integers, shape: signature.shape)
            case .f32: try Tensor(floats.map { Float($0) }, shape: signature.shape)
            case .f64: try Tensor(floats, shape: signature.shape)
            }
        }
    }

    /// Every index of a shape in row-major order.
    static func forEachIndex(_ shape: [Int], _ body: ([Int]) -> Void) {
        guard !shape.contains(0) else { return }
        var index = [Int](repeating: 0, count: shape.count)
        while true {
            body(index)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// The flat position of an index.
    static func flat(_ index: [Int], _ shape: [Int]) -> Int {
        var position = 0
        for axis in shape.indices { position = position * shape[axis] + index[axis] }
        return position
    }

    /// For each index of the result the flat position that a rule names in `x` (negative: none).
    static func moved(_ x: Value, _ result: Signature, fill: Double = 0, _ rule: ([Int]) -> Int) -> Value {
        var places: [Int] = []
        forEachIndex(result.shape.counts) { places.append(rule($0)) }
        return x.picking(places, result, fill: fill)
    }

    /// The extents before, of and after an axis.
    static func split(_ shape: [Int], _ axis: Int) -> (outer: Int, count: Int, inner: Int) {
        (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }
}
