import Synchronization

extension Polynomial {
    static func + (a: Polynomial, b: Polynomial) -> Polynomial {
        var result = a
        for (atoms, coefficient) in b.terms {
            let sum = (result.terms[atoms] ?? 0).addingReportingOverflow(coefficient).partialValue
            result.terms[atoms] = sum == 0 ? nil : sum
        }
        return result
    }

    static func * (a: Polynomial, b: Polynomial) -> Polynomial {
        var result = Polynomial(terms: [:])
        for (x, p) in a.terms {
            for (y, q) in b.terms {
                let atoms = (x + y).sorted()
                let product = p.multipliedReportingOverflow(by: q).partialValue
                let sum = (result.terms[atoms] ?? 0).addingReportingOverflow(product).partialValue
                result.terms[atoms] = sum == 0 ? nil : sum
            }
        }
        return result
    }

    var negated: Polynomial { Polynomial(terms: terms.mapValues { 0 &- $0 }) }

    /// The exact quotient by a number, if every coefficient divides.
    func exactly(dividedBy divisor: Int) -> Polynomial? {
        guard divisor != 0, terms.values.allSatisfy({ $0 % divisor == 0 }) else { return nil }
        return Polynomial(terms: terms.mapValues { $0 / divisor })
    }

    /// The exact quotient by a single term (`3 * b * h`), if it divides every term.
    func exactly(dividedBy divisor: Polynomial) -> Polynomial? {
        guard divisor.terms.count == 1, let (factors, coefficient) = divisor.terms.first, coefficient != 0 else {
            return self == divisor ? .constant(1) : nil
        }
        var result = Polynomial(terms: [:])
        for (atoms, value) in terms {
            var rest = atoms
            for factor in factors {
                guard let at = rest.firstIndex(of: factor) else { return nil }
                rest.remove(at: at)
            }
            guard value % coefficient == 0 else { return nil }
            result.terms[rest] = value / coefficient
        }
        return result
    }
}

extension Size {
    private static func combine(_ a: Size, _ b: Size, _ body: (Polynomial, Polynomial) -> Polynomial) -> Size {
        SymbolTable.shared.withLock { $0.size(body($0.polynomial(a), $0.polynomial(b))) }
    }

    /// The sum. Saturates at `Size.maximum`; callers that create shapes from users' numbers check the count of elements.
    package static func + (a: Size, b: Size) -> Size {
        if a.code >= 0 && b.code >= 0 { return Size(min(Int(a.code) + Int(b.code), maximum)) }
        return combine(a, b) { $0 + $1 }
    }

    /// The difference. Zero when it would be negative: compare first where that matters.
    package static func - (a: Size, b: Size) -> Size {
        if a.code >= 0 && b.code >= 0 { return Size(max(Int(a.code) - Int(b.code), 0)) }
        return combine(a, b) { $0 + $1.negated }
    }

    /// The product, saturating at `Size.maximum`.
    package static func * (a: Size, b: Size) -> Size {
        if a.code >= 0 && b.code >= 0 { return Size(min(Int(a.code) * Int(b.code), maximum)) }
        return combine(a, b) { $0 * $1 }
    }

    /// The floor of the quotient. Precondition: `b` is not the concrete 0.
    package static func / (a: Size, b: Size) -> Size {
        if a.code >= 0 && b.code >= 0 { return Size(Int(a.code) / Int(b.code)) }
        return SymbolTable.shared.withLock { table in
            let numerator = table.polynomial(a), denominator = table.polynomial(b)
            if let number = denominator.constant {
                if let exact = numerator.exactly(dividedBy: number) { return table.size(exact) }
            } else if let exact = numerator.exactly(dividedBy: denominator) {
                return table.size(exact)
            }
            let atom = table.intern(.floorDivision(numerator, denominator))
            return table.size(Polynomial(terms: [[atom]: 1]))
        }
    }

    /// The exact quotient `a / b`, or nil when it is not known to divide.
    package static func exactQuotient(_ a: Size, _ b: Size) -> Size? {
        if a.code >= 0 && b.code >= 0 { return b.code > 0 && a.code % b.code == 0 ? Size(Int(a.code / b.code)) : nil }
        return SymbolTable.shared.withLock { table in
            let numerator = table.polynomial(a), denominator = table.polynomial(b)
            let quotient: Polynomial? =
                if let number = denominator.constant { numerator.exactly(dividedBy: number) } else {
                    numerator.exactly(dividedBy: denominator)
                }
            return quotient.map { table.size($0) }
        }
    }

    /// How two sizes compare for every value of the symbols in them.
    package enum Relation: Sendable { case equal, different, unknown }

    /// Whether two sizes are surely equal, surely different (their difference is a non-zero constant), or it depends.
    package func relation(to other: Size) -> Relation {
        if self == other { return .equal }
        if code >= 0 && other.code >= 0 { return .different }
        return SymbolTable.shared.withLock { table in
            let difference = table.polynomial(self) + table.polynomial(other).negated
            if let constant = difference.constant { return constant == 0 ? .equal : .different }
            return .unknown
        }
    }
}

extension Size: CustomStringConvertible {
    /// The number, or the expression as a reader would write it: `batch`, `2 * h + 1`, `(n - 3) // 2`.
    package var description: String {
        if let known { return String(known) }
        return SymbolTable.shared.withLock { $0.describe($0.polynomial(self)) }
    }
}

extension SymbolTable {
    func describe(_ polynomial: Polynomial) -> String {
        let ordered = polynomial.terms.sorted {
            $0.key.count != $1.key.count ? $0.key.count > $1.key.count : $0.key.lexicographicallyPrecedes($1.key)
        }
        var text = ""
        for (atoms, coefficient) in ordered {
            let magnitude = coefficient.magnitude
            let factors = atoms.map { describe(atoms: $0) }
            let parts = (magnitude == 1 && !factors.isEmpty ? [] : [String(magnitude)]) + factors
            let sign = coefficient < 0 ? (text.isEmpty ? "-" : " - ") : (text.isEmpty ? "" : " + ")
            text += sign + parts.joined(separator: " * ")
        }
        return text.isEmpty ? "0" : text
    }

    private func describe(atoms index: Int32) -> String {
        switch atoms[Int(index)] {
        case .symbol(let name, _): name
        case .floorDivision(let numerator, let denominator): "\(operand(numerator)) // \(operand(denominator))"
        }
    }

    private func operand(_ polynomial: Polynomial) -> String {
        let text = describe(polynomial)
        return polynomial.terms.count > 1 ? "(\(text))" : text
    }
}
