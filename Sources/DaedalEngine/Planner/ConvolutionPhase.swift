/// One phase of an axis of x in the adjoint of a convolution: the elements i with i mod stride = `phase`, which meet the same taps of the kernel. Along
/// them dy advances by one.
struct ConvolutionPhase {
    let phase: Int
    /// The elements of the phase.
    let count: Int
    /// The taps that it meets, `tapStep` apart, read from `lastTap` backwards so that dy is read forwards.
    let taps: Int, lastTap: Int, tapStep: Int
    /// Where in dy the first of these taps stands for the first element, and how far apart they stand.
    let firstSource: Int, sourceStep: Int

    /// The phases of one axis.
    static func all(_ shape: ConvolutionShape, axis: Int) -> [ConvolutionPhase] {
        (0..<min(shape.stride[axis], shape.size[axis])).map { ConvolutionPhase(shape, axis: axis, phase: $0) }
    }

    private init(_ shape: ConvolutionShape, axis: Int, phase: Int) {
        let stride = shape.stride[axis], dilation = shape.dilation[axis], kernel = shape.kernel[axis], low = shape.low[axis]
        self.phase = phase
        count = (shape.size[axis] - 1 - phase) / stride + 1
        tapStep = stride / ConvolutionPhase.greatestDivisor(stride, dilation)
        guard let first = (0..<min(tapStep, kernel)).first(where: { (phase + low - $0 * dilation) % stride == 0 }) else {
            (taps, lastTap, firstSource, sourceStep) = (0, 0, 0, 1)
            return
        }
        taps = (kernel - 1 - first) / tapStep + 1
        lastTap = first + (taps - 1) * tapStep
        // Exact: all taps of a phase stand at multiples of the stride.
        firstSource = (phase + low - lastTap * dilation) / stride
        sourceStep = tapStep * dilation / stride
    }

    private static func greatestDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestDivisor(b, a % b) }
}
