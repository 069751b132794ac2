import DaedalGraph
import DaedalTensor

extension PrimitiveCase {
    /// Shapes and the axes to reduce: none, one, all, outer, middle, longer than a block.
    private static let reduced: [(shape: [Int], axes: [Int])] = [
        ([], []), ([1], [0]), ([7], [0]), ([3, 5], [0]), ([3, 5], [1]), ([3, 5], [0, 1]), ([2, 3, 4], [1]), ([2, 3, 4], [0, 2]), ([2, 1, 4], [1]),
        ([0, 3], [1]), ([33, 18], [0]), ([3, 1031], [1]),
    ]

    static let reductions: [PrimitiveCase] = folds + positions + running

    private static let folds: [PrimitiveCase] =
        [Primitive.sum, .product, .maximumOf, .minimumOf].flatMap { primitive in
            reduced.map {
                let contents: Contents = primitive == .product ? .spread(0.6, 1.5) : .spread(-2, 2)
                return PrimitiveCase(primitive, [Operand(.f32, $0.shape, contents)], .axes($0.axes), note: "over \($0.axes)")
            } + [ElementType.i32, .i64].map { PrimitiveCase(primitive, [Operand($0, [3, 5], .whole(-3, 3))], .axes([1]), isSmooth: false) }
        } + [
            PrimitiveCase(.sum, [Operand(.f32, [0, 3], .spread(0, 1))], .axes([0]), note: "of nothing"),
            PrimitiveCase(.product, [Operand(.f32, [0, 3], .spread(0, 1))], .axes([0]), note: "of nothing"),
            PrimitiveCase(.sum, [Operand(.bool, [3, 70], .whole(0, 1))], .axes([1]), isSmooth: false),
            PrimitiveCase(.product, [Operand(.f32, [2, 4], .values([0, 1, 2, 3, 0, 0, 4, 5]))], .axes([1]), isSmooth: false, note: "with zeros"),
        ]

    private static let positions: [PrimitiveCase] =
        [([7], 0), ([1], 0), ([3, 5], 0), ([3, 5], 1), ([2, 3, 4], 1), ([0, 3], 1), ([3, 201], 1)].flatMap { (shape: [Int], axis: Int) in
            [Contents.spread(-2, 2), .whole(0, 3)].map {
                PrimitiveCase(.indexOfMaximum, [Operand(.f32, shape, $0)], .axis(axis), isSmooth: false, note: "on axis \(axis)")
            }
        } + [PrimitiveCase(.indexOfMaximum, [Operand(.i64, [3, 5], .whole(0, 3))], .axis(1), isSmooth: false)]

    private static let running: [PrimitiveCase] = [([7], 0), ([1], 0), ([3, 5], 0), ([3, 5], 1), ([2, 3, 4], 1), ([0, 3], 0), ([2, 200], 1)].flatMap {
        (shape: [Int], axis: Int) in
        [
            PrimitiveCase(.cumulativeSum, [Operand(.f32, shape, .spread(-2, 2))], .axis(axis), note: "on axis \(axis)"),
            PrimitiveCase(.cumulativeSum, [Operand(.i64, shape, .whole(-3, 3))], .axis(axis), isSmooth: false, note: "on axis \(axis)"),
            PrimitiveCase(.order, [Operand(.f32, shape, .spread(-2, 2))], .axis(axis), isSmooth: false, note: "on axis \(axis)"),
            PrimitiveCase(.order, [Operand(.i32, shape, .whole(-3, 3))], .axis(axis), isSmooth: false, note: "on axis \(axis)"),
        ]
    }
}
