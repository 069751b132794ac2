import DaedalTensor

/// The text of a tensor's contents, in the layout of NumPy: aligned, nested brackets, elided when large.
package struct TensorPrinter {
    private static let elided = 1000
    private static let edge = 3
    private static let lineWidth = 100
    private static let mostDecimals = 6

    private let tensor: Tensor
    /// The indices shown along each axis; nil marks the gap.
    private let shown: [[Int?]]
    private let style: Style
    private let width: Int

    /// How numbers are written.
    private enum Style {
        case plain
        case fixed(decimals: Int)
        case scientific
    }

    /// The text of a tensor; of rank 0 that of a plain value.
    package static func text(of tensor: Tensor) -> String {
        if tensor.shape.rank == 0 { return plain(tensor, 0) }
        let printer = TensorPrinter(tensor)
        return tensor.shape.rank == 1 ? printer.line ?? printer.text : printer.text
    }

    private init(_ tensor: Tensor) {
        self.tensor = tensor
        let isLong = tensor.count > Self.elided
        shown = tensor.shape.counts.map { count in
            guard isLong && count > 2 * Self.edge else { return Array(0..<count) }
            return Array(0..<Self.edge) + [nil] + Array(count - Self.edge..<count)
        }
        let offsets = Self.offsets(shown, tensor.shape.counts)
        style = tensor.type.isFloat ? Self.style(offsets.map { tensor.double(at: $0) }, of: tensor.type) : .plain
        var width = 0
        for offset in offsets { width = max(width, Self.element(tensor, offset, style).count) }
        self.width = width
    }

    /// The flat positions of the elements that are shown.
    private static func offsets(_ shown: [[Int?]], _ counts: [Int]) -> [Int] {
        var offsets = [0]
        for (indices, count) in zip(shown, counts) {
            offsets = offsets.flatMap { base in indices.compactMap { $0 }.map { base * count + $0 } }
        }
        return offsets
    }

    private static func style(_ values: [Double], of type: ElementType) -> Style {
        let magnitudes = values.lazy.filter { $0.isFinite && $0 != 0 }.map { abs($0) }
        guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return .fixed(decimals: 1) }
        if largest >= 1e8 || smallest < 1e-4 { return .scientific }
        let precision = type == .f32 ? 0x1p-23 : 0x1p-50
        var decimals = 1, scale = 10.0
        // As many decimals as the shortest texts of all elements need.
        while decimals < mostDecimals, magnitudes.contains(where: { abs($0 * scale - ($0 * scale).rounded()) > $0 * scale * precision }) {
            decimals += 1
            scale *= 10
        }
        return .fixed(decimals: decimals)
    }

    /// A vector on one line, as a list is written: nothing stands below that it would have to be aligned with. Nil if it is longer.
    private var line: String? {
        var parts: [String] = [], length = 0
        for index in shown[0] {
            var part = index.map { Self.element(tensor, $0, style) } ?? "..."
            if index != nil, case .fixed = style {
                while part.hasSuffix("0"), !part.hasSuffix(".0"), part.contains(".") { part.removeLast() }
            }
            length += part.count + 2
            if length > Self.lineWidth { return nil }
            parts.append(part)
        }
        return "[" + parts.joined(separator: ", ") + "]"
    }

    private var text: String { lines(axis: 0, base: 0, indent: 1) }

    private func lines(axis: Int, base: Int, indent: Int) -> String {
        let count = tensor.shape.counts[axis]
        if axis == tensor.shape.rank - 1 { return row(base: base * count, indent: indent) }
        let separator = "," + String(repeating: "\n", count: tensor.shape.rank - 1 - axis) + String(repeating: " ", count: indent)
        let parts = shown[axis].map { index in index.map { lines(axis: axis + 1, base: base * count + $0, indent: indent + 1) } ?? "..." }
        return "[" + parts.joined(separator: separator) + "]"
    }

    private func row(base: Int, indent: Int) -> String {
        var result = "[", column = indent, isFirst = true
        for index in shown[tensor.shape.rank - 1] {
            let element = index.map { Self.element(tensor, base + $0, style) } ?? "..."
            let padded = String(repeating: " ", count: max(0, (index == nil ? 3 : width) - element.count)) + element
            if !isFirst {
                result += ","
                if column + 2 + padded.count > Self.lineWidth {
                    result += "\n" + String(repeating: " ", count: indent)
                    column = indent
                } else {
                    result += " "
                    column += 2
                }
            }
            result += padded
            column += padded.count
            isFirst = false
        }
        return result + "]"
    }

    // MARK: Elements

    private static func plain(_ tensor: Tensor, _ index: Int) -> String {
        switch tensor.type {
        case .bool: tensor.int(at: index) != 0 ? "true" : "false"
        case .i32, .i64: String(tensor.int(at: index))
        case .f32 where tensor.double(at: index).isFinite: "\(tensor.elements(as: Float.self)[index])"
        case .f32, .f64: Value.text(of: tensor.double(at: index))
        }
    }

    private static func element(_ tensor: Tensor, _ index: Int, _ style: Style) -> String {
        guard tensor.type.isFloat, tensor.double(at: index).isFinite else { return plain(tensor, index) }
        let value = tensor.double(at: index)
        switch style {
        case .plain: return plain(tensor, index)
        case .fixed(let decimals): return fixed(value, decimals)
        case .scientific: return scientific(value)
        }
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = power(10, decimals), scaled = (abs(value) * scale).rounded()
        // Only numbers below 1e8 are written so.
        let digits = String(UInt64(exactly: scaled) ?? 0)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value.sign == .minus && scaled != 0 ? "-" : ""
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    private static func scientific(_ value: Double) -> String {
        guard value != 0 else { return "0.0000e+00" }
        var exponent = 0, mantissa = abs(value)
        while mantissa >= 10 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        if (mantissa * 1e4).rounded() >= 1e5 {
            mantissa /= 10
            exponent += 1
        }
        let size = String(exponent.magnitude)
        return (value < 0 ? "-" : "") + fixed(mantissa, 4) + "e" + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" + size : size)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { result, _ in result * base } }
}
