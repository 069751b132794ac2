import DaedalGraph
import DaedalTensor

extension PrimitiveCase {
    private static func floats(_ shape: [Int]) -> Operand { Operand(.f32, shape, .spread(-2, 2)) }
    private static func shaped(_ shape: [Int], _ type: ElementType = .f32) -> Signature { Signature(type: type, shape: Shape(shape)) }

    static let movement: [PrimitiveCase] = shaping + cutting + joining

    private static let shaping: [PrimitiveCase] =
        [([6], [2, 3]), ([2, 3, 4], [4, 6]), ([], [1, 1]), ([1], []), ([0, 5], [5, 0, 2]), ([3, 1, 5], [15])].map { (from: [Int], to: [Int]) in
            PrimitiveCase(.reshape, [floats(from)], target: shaped(to))
        }
        + [PrimitiveCase(.reshape, [Operand(.bool, [4], .whole(0, 1))], target: shaped([2, 2], .bool), isSmooth: false)]
        + [([1], [5]), ([2, 1, 3], [2, 4, 3]), ([1, 1], [3, 33]), ([3, 1], [3, 0]), ([], []), ([1, 5], [4, 5]), ([5, 1], [5, 70])].map {
            (from: [Int], to: [Int]) in PrimitiveCase(.expand, [floats(from)], target: shaped(to))
        }
        + [PrimitiveCase(.expand, [Operand(.i64, [1, 2], .whole(0, 9))], target: shaped([3, 2], .i64), isSmooth: false)]
        + [
            ([2, 3], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([1, 5], [1, 0]), ([2, 0, 3], [2, 1, 0]), ([], []),
            ([33, 17], [1, 0]),
        ].map {
            (from: [Int], order: [Int]) in PrimitiveCase(.permute, [floats(from)], .permutation(order))
        }
        + [PrimitiveCase(.permute, [Operand(.i32, [2, 5], .whole(0, 9))], .permutation([1, 0]), isSmooth: false)]
        + [([7], [0]), ([2, 3, 4], [1]), ([2, 3, 4], [0, 2]), ([0, 2], [0]), ([1, 5], [0, 1])].map { (from: [Int], axes: [Int]) in
            PrimitiveCase(.reverse, [floats(from)], .axes(axes))
        }

    private static let cutting: [PrimitiveCase] =
        [
            ([7], [2], [1], [3]), ([7], [1], [3], [2]), ([5, 6], [1, 0], [2, 1], [2, 6]), ([5, 6], [0, 1], [1, 2], [5, 3]),
            ([4, 3], [4, 0], [1, 1], [0, 3]),
            ([2, 9, 3], [1, 2, 0], [1, 3, 2], [1, 3, 2]), ([], [], [], []),
        ].map { (from: [Int], starts: [Int], steps: [Int], counts: [Int]) in
            PrimitiveCase(.slice, [floats(from)], .slice(starts: starts.map { Size($0) }, steps: steps), target: shaped(counts))
        }
        + [
            ([3], [2], [1], 0.0), ([2, 3], [0, 1], [1, 0], 1.5), ([0, 2], [1, 1], [1, 0], -1), ([2, 3], [0, 0], [0, 0], 0),
            ([1, 2, 2], [0, 1, 2], [1, 0, 3], -.infinity),
        ].map { (from: [Int], low: [Int], high: [Int], value: Double) in
            PrimitiveCase(
                .pad, [floats(from)], .padding(low: low.map { Size($0) }, high: high.map { Size($0) }, value: value), isSmooth: value.isFinite,
                note: "with \(value)")
        } + [PrimitiveCase(.pad, [Operand(.i64, [2], .whole(1, 5))], .padding(low: [1], high: [2], value: 7), isSmooth: false)]

    private static let joining: [PrimitiveCase] = [
        PrimitiveCase(.concatenate, [floats([3])], .axis(0)),
        PrimitiveCase(.concatenate, [floats([3]), floats([1]), floats([0])], .axis(0)),
        PrimitiveCase(.concatenate, [floats([2, 3]), floats([2, 4])], .axis(1)),
        PrimitiveCase(.concatenate, [floats([1, 2, 3]), floats([4, 2, 3]), floats([2, 2, 3])], .axis(0)),
        PrimitiveCase(.concatenate, [floats([2, 1, 3]), floats([2, 5, 3])], .axis(1)),
        PrimitiveCase(.concatenate, [Operand(.bool, [2], .whole(0, 1)), Operand(.bool, [3], .whole(0, 1))], .axis(0), isSmooth: false),
    ]

    static let indexing: [PrimitiveCase] = dynamic + gathers + scatters

    private static let dynamic: [PrimitiveCase] = [([7], 0, 3, 2), ([3, 5], 1, 4, 1), ([4, 3, 2], 0, 2, 2), ([4], 0, 4, 0), ([2, 3], 1, 0, 3)].flatMap
    {
        (from: [Int], axis: Int, start: Int, count: Int) in
        var part = from
        part[axis] = count
        let at = Operand(.i64, [], .values([Double(start)]))
        return [
            PrimitiveCase(.dynamicSlice, [floats(from), at], .axis(axis), target: shaped(part), note: "from \(start) on axis \(axis)"),
            PrimitiveCase(.dynamicUpdate, [floats(from), floats(part), at], .axis(axis), note: "at \(start) on axis \(axis)"),
        ]
    }

    /// Shapes, indices and axes that gather and scatter share; the last entries repeat indices.
    private static let places: [(x: [Int], axis: Int, indices: [Int], list: [Double])] = [
        ([5], 0, [3], [4, 0, 2]), ([5], 0, [], [3]), ([4, 3], 0, [2], [3, 1]), ([4, 3], 1, [2, 2], [2, 0, 1, 1]), ([2, 4, 3], 1, [3], [3, 3, 0]),
        ([6, 2], 0, [0], [0]), ([3, 17], 0, [5], [2, 0, 2, 1, 2]),
    ]

    private static let gathers: [PrimitiveCase] =
        places.flatMap { place in
            [ElementType.i64, .i32].map {
                PrimitiveCase(
                    .gather, [floats(place.x), Operand($0, place.indices, .values(place.list))], .axis(place.axis), note: "axis \(place.axis)")
            }
        } + [PrimitiveCase(.gather, [Operand(.i64, [4], .whole(0, 9)), Operand(.i64, [3], .values([3, 0, 3]))], .axis(0), isSmooth: false)]

    private static let scatters: [PrimitiveCase] =
        places.flatMap { place in
            [ScatterMode.set, .add, .maximum].map { mode in
                var values = Array(place.x)
                values.replaceSubrange(place.axis...place.axis, with: place.indices)
                return PrimitiveCase(
                    .scatter, [floats(place.x), Operand(.i64, place.indices, .values(place.list)), floats(values)],
                    .scatter(axis: place.axis, mode: mode), note: "\(mode) on axis \(place.axis)")
            }
        } + [
            PrimitiveCase(
                .scatter, [Operand(.i64, [4], .whole(0, 9)), Operand(.i32, [3], .values([3, 0, 3])), Operand(.i64, [3], .whole(0, 9))],
                .scatter(axis: 0, mode: .add), isSmooth: false)
        ]
}
