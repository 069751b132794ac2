/// `x · scale + shift`, with one pair for everything or one for each element of a row: what scaling and standardizing come down to.
package struct Affine: Sendable, Equatable {
    /// The factors: one, or one for each element of a row.
    package let scale: [Double]
    /// What is added: one number, or one for each element of a row.
    package let shift: [Double]

    /// One scale and shift for everything.
    package init(scale: Double, shift: Double = 0) {
        self.scale = [scale]
        self.shift = [shift]
    }

    /// A scale and a shift for each element of a row. Nil unless there are as many of the one as of the other, and some.
    package init?(scales: [Double], shifts: [Double]) {
        guard scales.count == shifts.count, !scales.isEmpty else { return nil }
        scale = scales
        shift = shifts
    }

    /// The number of elements of a row that it is for, or nil if for any.
    package var width: Int? { scale.count == 1 ? nil : scale.count }

    /// First this, then another.
    package func followed(by other: Affine) -> Affine? {
        let width = max(scale.count, other.scale.count)
        guard scale.count == 1 || other.scale.count == 1 || scale.count == other.scale.count else { return nil }
        func at(_ values: [Double], _ index: Int) -> Double { values[values.count == 1 ? 0 : index] }
        return Affine(
            scales: (0..<width).map { at(scale, $0) * at(other.scale, $0) },
            shifts: (0..<width).map { at(shift, $0) * at(other.scale, $0) + at(other.shift, $0) })
    }
}
