import DaedalSyntax

/// Where an operation was written and, if that is in the library, which call of the user's led there.
package struct Origin {
    /// The place of the operation itself.
    package let span: Span
    /// The user's innermost call on the way to a place in the library: what was called, and where.
    package let call: RuntimeFailure.Frame?

    package init(_ span: Span, call: RuntimeFailure.Frame? = nil) {
        self.span = span
        self.call = call
    }

    /// The origin of a number; nil if it is no place.
    static func numbered(_ number: UInt32, in origins: [Origin]) -> Origin? {
        guard origins.indices.contains(Int(number)), origins[Int(number)].span != .none else { return nil }
        return origins[Int(number)]
    }

    /// Whether two operations were written at the same place and reached by the same call.
    func isSame(as other: Origin) -> Bool { span == other.span && call?.span == other.call?.span }

    /// A failure of the operation. It is found when the values are computed, so the calls under way by then say nothing of it.
    func failure(_ make: (Span) -> RuntimeFailure) -> RuntimeFailure {
        let failure = make(span)
        if let call {
            failure.unwind(through: call)
            failure.settle()
        }
        return failure
    }
}
