import Synchronization

/// One axis of a shape: a concrete count of elements, or a symbolic expression over named sizes (`batch`, `2 * h + 1`).
///
/// A size is four bytes: non-negative codes are concrete, negative ones index a table of interned polynomials. A concrete
/// shape is therefore a special case of a symbolic one at no cost, and shape rules exist once (the checker runs them over
/// symbols, the tracer over numbers). The table only ever grows and its entries are immutable, so sharing it is harmless.
package struct Size: Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// Non-negative: the count itself. Negative: `-1 - index` into the table of symbolic expressions.
    package let code: Int32

    @inline(__always) init(code: Int32) { self.code = code }

    /// The largest concrete size of one axis.
    package static let maximum = Int(Int32.max)

    /// Creates a concrete size. Precondition: `0 <= count <= Size.maximum` (callers check what users give).
    @inline(__always) package init(_ count: Int) {
        precondition(count >= 0 && count <= Size.maximum, "a size out of range reached the tensor room")
        code = Int32(truncatingIfNeeded: count)
    }

    /// Creates a concrete size, or nil when `count` is negative or too large.
    package init?(exactly count: Int) {
        guard count >= 0 && count <= Size.maximum else { return nil }
        code = Int32(count)
    }

    package init(integerLiteral value: Int) { self.init(value) }

    /// The concrete count, or nil for a symbolic size.
    @inline(__always) package var known: Int? { code >= 0 ? Int(code) : nil }

    /// Whether the size is a number and not a symbol.
    @inline(__always) package var isKnown: Bool { code >= 0 }

    /// A fresh symbol with a name for diagnostics. Two symbols made by two calls are different even with equal names.
    package static func symbol(_ name: String) -> Size {
        SymbolTable.shared.withLock { $0.freshSymbol(name) }
    }
}

/// A polynomial with integer coefficients over atoms: a symbol, or an opaque floor division of two sizes.
struct Polynomial: Hashable, Sendable {
    /// A product of atoms, sorted, to its coefficient. The empty product is the constant term. No zero coefficients.
    var terms: [[Int32]: Int]

    static func constant(_ value: Int) -> Polynomial { Polynomial(terms: value == 0 ? [:] : [[]: value]) }

    var constant: Int? {
        if terms.isEmpty { return 0 }
        if terms.count == 1, let value = terms[[]] { return value }
        return nil
    }
}

/// The interned symbolic expressions of the process.
struct SymbolTable: ~Copyable {
    static let shared = Mutex(SymbolTable())

    /// What an atom is: a named symbol, or `numerator // denominator` that did not divide exactly.
    enum Atom: Hashable {
        case symbol(name: String, serial: Int)
        case floorDivision(Polynomial, Polynomial)
    }

    var atoms: [Atom] = []
    var atomIndex: [Atom: Int32] = [:]
    var expressions: [Polynomial] = []
    var expressionIndex: [Polynomial: Int32] = [:]

    mutating func freshSymbol(_ name: String) -> Size {
        let atom = intern(.symbol(name: name, serial: atoms.count))
        return size(Polynomial(terms: [[atom]: 1]))
    }

    mutating func intern(_ atom: Atom) -> Int32 {
        if let index = atomIndex[atom] { return index }
        let index = Int32(atoms.count)
        atoms.append(atom)
        atomIndex[atom] = index
        return index
    }

    /// The size for a polynomial: concrete if it is a constant in range.
    mutating func size(_ polynomial: Polynomial) -> Size {
        // A negative or huge constant cannot be a size; zero keeps the table total, callers compare before they subtract.
        if let constant = polynomial.constant { return Size(exactly: constant) ?? Size(code: constant < 0 ? 0 : Int32.max) }
        if let index = expressionIndex[polynomial] { return Size(code: -1 - index) }
        let index = Int32(expressions.count)
        expressions.append(polynomial)
        expressionIndex[polynomial] = index
        return Size(code: -1 - index)
    }

    func polynomial(_ size: Size) -> Polynomial {
        size.code >= 0 ? .constant(Int(size.code)) : expressions[Int(-1 - size.code)]
    }
}
