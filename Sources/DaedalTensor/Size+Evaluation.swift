import Synchronization

extension Size {
    /// The number that the expression stands for when symbols have the given values; nil when a symbol has none, or a divisor is 0.
    package func evaluated(with values: [Size: Int]) -> Int? {
        if let known { return known }
        return SymbolTable.shared.withLock { table in
            var atoms: [Int32: Int] = [:]
            for (size, value) in values {
                let terms = table.polynomial(size).terms
                if terms.count == 1, let (factors, coefficient) = terms.first, coefficient == 1, factors.count == 1 { atoms[factors[0]] = value }
            }
            return table.evaluate(table.polynomial(self), atoms)
        }
    }
}

extension SymbolTable {
    fileprivate func evaluate(_ polynomial: Polynomial, _ values: [Int32: Int]) -> Int? {
        var sum = 0
        for (factors, coefficient) in polynomial.terms {
            var product = coefficient
            for factor in factors {
                guard let value = values[factor] ?? evaluate(atom: factor, values) else { return nil }
                product = product.multipliedReportingOverflow(by: value).partialValue
            }
            sum = sum.addingReportingOverflow(product).partialValue
        }
        return sum
    }

    private func evaluate(atom index: Int32, _ values: [Int32: Int]) -> Int? {
        switch atoms[Int(index)] {
        case .symbol: return nil
        case .floorDivision(let numerator, let denominator):
            guard let a = evaluate(numerator, values), let b = evaluate(denominator, values), b > 0 else { return nil }
            return a >= 0 ? a / b : -((b - 1 - a) / b)
        }
    }
}
