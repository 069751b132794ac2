import DaedalTensor

/// The mean, spread and range of each number of a row, fitted on given rows alone.
package struct ColumnStatistics: Sendable, Equatable {
    /// The number of rows it was fitted on.
    package private(set) var count = 0
    /// The means.
    package private(set) var mean: [Double]
    /// The least values.
    package private(set) var low: [Double]
    /// The greatest values.
    package private(set) var high: [Double]
    /// The sums of squared distances from the mean.
    private var squares: [Double]

    private init(width: Int) {
        mean = Array(repeating: 0, count: width)
        squares = mean
        low = Array(repeating: .infinity, count: width)
        high = Array(repeating: -.infinity, count: width)
    }

    /// The number of numbers in a row.
    package var width: Int { mean.count }

    /// What is known of one number of a row.
    package func part(_ index: Int) -> ColumnStatistics {
        var result = ColumnStatistics(width: 1)
        result.count = count
        result.mean[0] = mean[index]
        result.low[0] = low[index]
        result.high[0] = high[index]
        result.squares[0] = squares[index]
        return result
    }

    /// The standard deviations, divided by the count.
    package var std: [Double] { squares.map { ($0 / Double(max(count, 1))).squareRoot() } }

    /// Fits the numbers of `fields` over `rows`, a piece at a time. Fails on values that are not finite, and without rows.
    package static func fit(_ source: any RecordSource, fields: [Int], rows: some Collection<Int>) throws(DataFailure) -> ColumnStatistics {
        let shape = try source.rowShape(of: fields)
        let width = shape.elementCount ?? 0
        var statistics = ColumnStatistics(width: width)
        guard !rows.isEmpty else { throw DataFailure(.unfit, "there are no rows to fit on", file: source.place(of: 0).file) }
        let step = max(1, min(4096, (1 << 20) / max(width, 1)))
        var rest = rows[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(step))
            rest = rest.dropFirst(step)
            let numbers = try source.tensor(fields, rows: piece[...], as: .f64)
            statistics.merge(numbers.elements(as: Double.self), rows: piece.count)
            withExtendedLifetime(numbers) {}
            if let column = statistics.mean.firstIndex(where: { !$0.isFinite }) {
                let values = numbers.doubles
                let row = piece.indices.first { !values[$0 * width + column].isFinite } ?? 0
                throw source.unfit("a value of row \(piece[row]) is not finite", row: piece[row])
            }
        }
        return statistics
    }

    /// Joins what is known with more rows (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979).
    private mutating func merge(_ values: UnsafeMutableBufferPointer<Double>, rows: Int) {
        let width = width, before = Double(count), more = Double(rows), total = before + more
        var means = [Double](repeating: 0, count: width), sums = means
        for row in 0..<rows {
            for column in 0..<width {
                let value = values[row * width + column]
                means[column] += value
                low[column] = min(low[column], value)
                high[column] = max(high[column], value)
            }
        }
        for column in 0..<width { means[column] /= more }
        for row in 0..<rows {
            for column in 0..<width {
                let distance = values[row * width + column] - means[column]
                sums[column] += distance * distance
            }
        }
        for column in 0..<width {
            let distance = means[column] - mean[column]
            mean[column] += distance * (more / total)
            squares[column] += sums[column] + distance * distance * (before * more / total)
        }
        count += rows
    }

    /// What brings every number to mean 0 and standard deviation 1. One that never changes becomes 0.
    package var standardizing: Affine? { affine(zip(mean, std).map { (center: $0, spread: $1) }) }

    /// What brings every number into 0…1. One that never changes becomes 0.
    package var normalizing: Affine? { affine(zip(low, high).map { (center: $0, spread: $1 - $0) }) }

    /// What takes each center to 0 and its spread to 1.
    private func affine(_ pairs: [(center: Double, spread: Double)]) -> Affine? {
        let scales = pairs.map { $0.spread > 0 ? 1 / $0.spread : 1 }
        return Affine(scales: scales, shifts: zip(pairs, scales).map { -$0.center * $1 })
    }
}
