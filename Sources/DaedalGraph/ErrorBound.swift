import DaedalTensor

/// How far what a kernel gives may lie from the exact result for the operands as they are, on every instruction set and with any number of threads.
///
/// u is half a unit in the last place of 1: 2⁻²⁴ for f32, 2⁻⁵³ for f64. Numbers below the smallest normal one may count as 0, as operands and as
/// results. Infinities and NaN are what they are by the definition. Integers and bools are exact always.
package enum ErrorBound: Hashable, Sendable {
    /// The exact result, rounded once.
    case exact
    /// So many units in the last place of the exact result.
    case units(Double)
    /// So much, whatever the result.
    case absolute(Double)
    /// n · u / (1 - n · u) times the sum of the absolute values of the n terms or factors: no order of summation does worse
    /// (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1 and 4.2).
    case terms
    /// (`base` + `each` · n) · u times the largest sum of absolute values in the result: transforms mix neighbours, so what is small among large ones
    /// has their errors. Measured.
    case largestTerms(base: Double, each: Double)
    /// (`base` + `each` · s) · u times the sum of the absolute values of the weighted terms, s the largest sum of absolute values in an exponent.
    /// Measured.
    case weightedTerms(base: Double, each: Double)
    /// What the parts of a loop's body add up to.
    case composed

    /// What a sum adds, as far as bounds speak of it.
    package struct Terms: Sendable {
        /// How many terms or factors an element has.
        package var count: Double
        /// The sum of their absolute values; of a product the absolute value.
        package var magnitude: Double
        /// The largest such sum of the result; for weights, the largest in an exponent.
        package var largest: Double

        package init(count: Double = 0, magnitude: Double = 0, largest: Double = 0) {
            self.count = count
            self.magnitude = magnitude
            self.largest = largest
        }

        /// A result that adds nothing.
        package static let none = Terms()
    }

    /// The largest distance from the exact result, nil where only that of the parts is known.
    package func limit(_ exact: Double, _ type: ElementType, _ terms: Terms = .none) -> Double? {
        let smallest = type.smallestNormal
        // Each product, term and partial sum may have been flushed.
        let flushed = smallest * (terms.count + 1)
        switch self {
        case .exact: return abs(exact) < smallest ? abs(exact) : 0
        case .units(let units): return abs(exact) < smallest ? smallest : units * type.unit(of: exact)
        case .absolute(let distance): return distance
        case .terms:
            let share = terms.count * type.roundoff
            return share < 1 ? share / (1 - share) * terms.magnitude + flushed : .infinity
        case .largestTerms(let base, let each): return (base + each * terms.count) * type.roundoff * terms.largest + flushed
        case .weightedTerms(let base, let each): return (base + each * terms.largest) * type.roundoff * terms.magnitude + flushed
        case .composed: return nil
        }
    }

    /// Whether a kernel may give `found` where the exact result, not yet rounded to `type`, is `exact`.
    package func accepts(_ found: Double, _ exact: Double, _ type: ElementType, _ terms: Terms = .none) -> Bool {
        if found.isNaN || exact.isNaN { return found.isNaN && exact.isNaN }
        let rounded = type == .f32 ? Double(Float(exact)) : exact
        if found == rounded { return true }
        guard exact.isFinite, type.isFloat, let limit = limit(exact, type, terms) else { return false }
        // What is just below the largest number may round to infinity.
        if found.isInfinite { return abs(exact) + limit >= type.largestFinite && (found > 0) == (exact > 0) }
        return abs(found - exact) <= limit
    }
}

extension ErrorBound: CustomStringConvertible {
    /// As tables of users print it: `1.5 ulp`, `n u Σ`.
    package var description: String {
        func text(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
        return switch self {
        case .exact: "exact"
        case .units(let units): "\(text(units)) ulp"
        case .absolute(let distance): "\(distance)"
        case .terms: "n u Σ"
        case .largestTerms(let base, let each): "(\(text(base)) + \(text(each)) n) u max Σ"
        case .weightedTerms(let base, let each): "(\(text(base)) + \(text(each)) s) u Σ"
        case .composed: "its body's"
        }
    }
}

extension ElementType {
    /// Half a unit in the last place of 1; 0 for what is no float.
    package var roundoff: Double {
        switch self {
        case .f32: 0x1p-24
        case .f64: 0x1p-53
        case .i32, .i64, .bool: 0
        }
    }

    /// The smallest normal number above 0; 0 for what is no float.
    package var smallestNormal: Double {
        switch self {
        case .f32: Double(Float.leastNormalMagnitude)
        case .f64: Double.leastNormalMagnitude
        case .i32, .i64, .bool: 0
        }
    }

    /// The largest finite number of a float type.
    package var largestFinite: Double { self == .f32 ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude }

    /// A unit in the last place of a normal number.
    package func unit(of value: Double) -> Double { Double(sign: .plus, exponent: Int(value.exponent), significand: 2 * roundoff) }
}
