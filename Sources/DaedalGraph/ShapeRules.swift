import DaedalTensor

/// The shape rule of every primitive, over symbolic sizes; the checker and the tracer both ask here.
/// Sizes that are not surely different are accepted: what is unknown to the checker is checked again with numbers.
package enum ShapeRules {
    /// The type and shape that a primitive gives for operands of the given types and shapes, or why it does not apply.
    package static func signature(
        of primitive: Primitive, _ operands: [Signature], _ attributes: Attributes, target: Signature?
    ) throws(ShapeFailure) -> Signature {
        let call = Application(primitive: primitive, operands: operands, attributes: attributes, target: target)
        if let wanted = primitive.operandCount, operands.count != wanted {
            throw ShapeFailure("`\(primitive.spelling)` takes \(wanted) tensors, not \(operands.count)")
        }
        let result = try call.result()
        try requireExtent(of: result)
        return result
    }

    /// The most bytes that one tensor may take: 64 TiB.
    static let byteLimit = 1 << 46

    /// Refuses a concrete tensor that no memory can hold.
    static func requireExtent(of signature: Signature) throws(ShapeFailure) {
        guard signature.shape.isKnown else { return }
        guard let count = signature.shape.elementCount, count <= byteLimit / signature.type.byteCount else {
            throw ShapeFailure("a tensor of shape \(signature.shape) has too many elements")
        }
    }

    /// One use of a primitive whose rule is asked for.
    struct Application {
        let primitive: Primitive
        let operands: [Signature]
        let attributes: Attributes
        let target: Signature?

        var name: String { primitive.spelling }

        /// The primitive's rule.
        func result() throws(ShapeFailure) -> Signature {
            switch primitive {
            case .input: try leaf()
            case .constant: try constant()
            case .iota: try iota()
            case .random: try random()
            case .negate, .absolute, .sign: try unary(.numbers)
            case .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction, .floor, .ceiling, .round:
                try unary(.floats)
            case .not: try unary(.bools)
            case .stopGradient: try unary(.anything)
            case .cast: Signature(type: try wanted().type, shape: operands[0].shape)
            case .add, .subtract, .multiply, .power, .minimum, .maximum, .floorDivide, .remainder: try binary(.numbers)
            case .divide: try binary(.floats)
            case .less, .lessEqual: Signature(type: .bool, shape: try binary(.numbers).shape)
            case .equal, .notEqual: Signature(type: .bool, shape: try binary(.anything).shape)
            case .and, .or: try binary(.bools)
            case .select: try select()
            case .reshape: try reshape()
            case .expand: try expand()
            case .permute: try permute()
            case .slice: try slice()
            case .pad: try pad()
            case .concatenate: try concatenate()
            case .reverse: try reverse()
            case .dynamicSlice: try dynamicSlice()
            case .dynamicUpdate: try dynamicUpdate()
            case .gather: try gather()
            case .scatter: try scatter()
            case .sum: try reduction(.anything, emptyIsFine: true)
            case .product: try reduction(.numbers, emptyIsFine: true)
            case .maximumOf, .minimumOf: try reduction(.numbers, emptyIsFine: false)
            case .indexOfMaximum: try indexOfMaximum()
            case .cumulativeSum: try alongAxis(type: operands[0].type)
            case .order: try alongAxis(type: .i64)
            case .matrixProduct: try matrixProduct()
            case .convolution: try convolution()
            case .convolutionInputGradient: try convolutionInputGradient()
            case .convolutionWeightGradient: try convolutionWeightGradient()
            case .windowMaximum, .windowSum: try pooling()
            case .windowMaximumScatter: try windowMaximumScatter()
            case .windowMaximumGather: try windowMaximumGather()
            case .windowSumScatter: try windowSumScatter()
            case .scan: try scan()
            case .part: try wanted()
            }
        }

        /// The wanted signature, which this primitive cannot do without.
        func wanted() throws(ShapeFailure) -> Signature {
            guard let target else { throw ShapeFailure("`\(name)` was not told its result's shape") }
            return target
        }

        /// The failure of attributes that are not this primitive's.
        var wrongAttributes: ShapeFailure { ShapeFailure("`\(name)` was given the attributes of something else") }

        /// Attribute `.axis`, which must be one of `shape`'s.
        func axis(of shape: Shape) throws(ShapeFailure) -> Int {
            guard case .axis(let axis) = attributes else { throw wrongAttributes }
            try require(axis, isAxisOf: shape)
            return axis
        }

        /// Attribute `.axes`: ascending axes of `shape`.
        func axes(of shape: Shape) throws(ShapeFailure) -> [Int] {
            guard case .axes(let axes) = attributes else { throw wrongAttributes }
            var last = -1
            for axis in axes {
                try require(axis, isAxisOf: shape)
                if axis <= last { throw ShapeFailure("`\(name)` names axis \(axis) twice or out of order") }
                last = axis
            }
            return axes
        }

        func require(_ axis: Int, isAxisOf shape: Shape) throws(ShapeFailure) {
            guard shape.indices.contains(axis) else {
                let hint = shape.rank == 0 ? "a tensor of rank 0 has no axes" : "its axes are 0 to \(shape.rank - 1), or -\(shape.rank) to -1"
                throw ShapeFailure("`\(name)` asks for axis \(axis) of \(shape), which has \(shape.rank) axes", hint: hint)
            }
        }

        func requireRank(atMostMaximum rank: Int) throws(ShapeFailure) {
            if rank > Shape.maximumRank { throw ShapeFailure("`\(name)` would give \(rank) axes; a tensor has at most \(Shape.maximumRank)") }
        }

        /// The sum of sizes, refused when it is too large for an axis.
        func sum(_ sizes: Size...) throws(ShapeFailure) -> Size {
            var known = 0
            for size in sizes { known += size.known ?? 0 }
            guard known <= Size.maximum else { throw ShapeFailure("`\(name)` would give an axis of \(known) elements, which is too many") }
            return sizes.reduce(0, +)
        }
    }
}

extension Size {
    /// Whether this is more than `limit` for every value of the symbols.
    func surelyExceeds(_ limit: Size) -> Bool { ((self - limit).known ?? 0) > 0 }

    /// The more telling of two sizes that may be equal: the number, if either is one.
    func merged(with other: Size) -> Size { isKnown || !other.isKnown ? self : other }
}

extension Shape {
    /// Whether two shapes may be equal: the same rank, and no axis surely different.
    package func mayEqual(_ other: Shape) -> Bool {
        self == other || (rank == other.rank && indices.allSatisfy { self[$0].relation(to: other[$0]) != .different })
    }

    /// Axis by axis the more telling size. Precondition: `mayEqual`.
    func merged(with other: Shape) -> Shape {
        if self == other || isKnown { return self }
        return Shape(zip(self, other).map { $0.merged(with: $1) })
    }

    /// The concrete row-major strides in elements. Precondition: `isKnown`.
    package var strides: [Int] {
        var result = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) { result[axis] = result[axis + 1] * Swift.max(self[axis + 1].known ?? 1, 1) }
        return result
    }
}
