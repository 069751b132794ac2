import DaedalGraph
import DaedalTensor

extension PrimitiveCase {
    private static func floats(_ shape: [Int]) -> Operand { Operand(.f32, shape, .spread(-2, 2)) }
    private static func shaped(_ shape: [Int]) -> Signature { Signature(type: .f32, shape: Shape(shape)) }

    static let products: [PrimitiveCase] =
        [
            ([], 2, 3, 4), ([], 1, 1, 1), ([], 1, 7, 5), ([], 5, 7, 1), ([], 0, 3, 2), ([], 2, 0, 3), ([3], 2, 3, 4), ([2, 2], 3, 2, 2),
            ([], 17, 33, 35),
        ].flatMap { (stack: [Int], m: Int, k: Int, n: Int) in
            [(false, false), (true, false), (false, true), (true, true)].map { (left, right) in
                PrimitiveCase(
                    .matrixProduct, [floats(stack + (left ? [k, m] : [m, k])), floats(stack + (right ? [n, k] : [k, n]))],
                    .product(transposesLeft: left, transposesRight: right), note: "\(left ? "transposed" : "") \(right ? "by transposed" : "")")
            }
        } + [
            PrimitiveCase(
                .matrixProduct, [Operand(.i64, [2, 3], .whole(-3, 3)), Operand(.i64, [3, 2], .whole(-3, 3))],
                .product(transposesLeft: false, transposesRight: false), isSmooth: false)
        ]

    /// Batch, channels, filters, input, kernel, and how the window slides.
    private static let slides: [(n: Int, c: Int, k: Int, input: [Int], window: Window)] = [
        (2, 3, 4, [5], Window(kernel: [3], stride: [1], paddingLow: [1], paddingHigh: [1], dilation: [1])),
        (1, 2, 2, [9], Window(kernel: [3], stride: [2], paddingLow: [0], paddingHigh: [1], dilation: [2])),
        (1, 1, 1, [1, 1], Window(kernel: [1, 1], stride: [1, 1], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])),
        (2, 3, 4, [5, 6], Window(kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1], dilation: [1, 1])),
        (2, 2, 3, [7, 6], Window(kernel: [3, 2], stride: [2, 3], paddingLow: [1, 0], paddingHigh: [0, 2], dilation: [1, 2])),
        (2, 4, 6, [4, 5], Window(kernel: [2, 3], stride: [1, 1], paddingLow: [0, 1], paddingHigh: [1, 1], dilation: [1, 1], groups: 2)),
        (1, 4, 4, [5, 4], Window(kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1], dilation: [1, 1], groups: 4)),
        (0, 2, 3, [4, 4], Window(kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1], dilation: [1, 1])),
        (1, 2, 2, [3, 4, 3], Window(kernel: [2, 2, 2], stride: [1, 2, 1], paddingLow: [0, 1, 1], paddingHigh: [0, 0, 0], dilation: [1, 1, 1])),
        (3, 17, 18, [6, 7], Window(kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1], dilation: [1, 1])),
    ]

    private static func extents(_ input: [Int], _ window: Window) -> [Int] {
        input.indices.map {
            (input[$0] + window.paddingLow[$0] + window.paddingHigh[$0] - window.dilation[$0] * (window.kernel[$0] - 1) - 1) / window.stride[$0] + 1
        }
    }

    static let convolutions: [PrimitiveCase] = slides.flatMap { slide in
        let x = [slide.n, slide.c] + slide.input, w = [slide.k, slide.c / slide.window.groups] + slide.window.kernel
        let y = [slide.n, slide.k] + extents(slide.input, slide.window)
        return [
            PrimitiveCase(.convolution, [floats(x), floats(w)], .window(slide.window), note: "\(slide.window)"),
            PrimitiveCase(.convolutionInputGradient, [floats(y), floats(w)], .window(slide.window), target: shaped(x), note: "\(slide.window)"),
            PrimitiveCase(.convolutionWeightGradient, [floats(x), floats(y)], .window(slide.window), target: shaped(w), note: "\(slide.window)"),
        ]
    }

    private static let pools: [(input: [Int], window: Window)] = [
        ([2, 3, 6], Window(kernel: [2], stride: [2], paddingLow: [0], paddingHigh: [0], dilation: [1])),
        ([1, 2, 7], Window(kernel: [3], stride: [2], paddingLow: [1], paddingHigh: [1], dilation: [1])),
        ([2, 3, 4, 6], Window(kernel: [2, 2], stride: [2, 2], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])),
        ([1, 1, 1, 1], Window(kernel: [1, 1], stride: [1, 1], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])),
        ([2, 2, 7, 5], Window(kernel: [3, 2], stride: [2, 1], paddingLow: [1, 0], paddingHigh: [1, 1], dilation: [1, 2])),
        ([0, 2, 4, 4], Window(kernel: [2, 2], stride: [2, 2], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])),
        ([1, 2, 3, 4, 4], Window(kernel: [2, 2, 2], stride: [1, 2, 2], paddingLow: [0, 0, 1], paddingHigh: [0, 0, 1], dilation: [1, 1, 1])),
        ([5, 17, 9, 8], Window(kernel: [3, 3], stride: [2, 2], paddingLow: [1, 1], paddingHigh: [1, 1], dilation: [1, 1])),
    ]

    static let pooling: [PrimitiveCase] = pools.flatMap { pool in
        let x = pool.input, y = Array(x.prefix(2)) + extents(Array(x.dropFirst(2)), pool.window)
        let window = Attributes.window(pool.window), note = "\(pool.window)"
        return [
            PrimitiveCase(.windowMaximum, [floats(x)], window, note: note),
            PrimitiveCase(.windowMaximumScatter, [floats(x), floats(y)], window, note: note),
            PrimitiveCase(.windowMaximumGather, [floats(x), floats(x)], window, note: note),
            PrimitiveCase(.windowSum, [floats(x)], window, note: note),
            PrimitiveCase(.windowSumScatter, [floats(y)], window, target: shaped(x), note: note),
        ]
    }
}
