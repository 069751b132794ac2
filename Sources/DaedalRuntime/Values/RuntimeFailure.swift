import DaedalSyntax

/// A failure while running (or symbolically running) a program: one diagnostic and the `.dl` calls that led there, innermost first.
package struct RuntimeFailure: Error {
    /// One entry of the call stack.
    package struct Frame: Sendable {
        package let name: String
        /// The place of the call.
        package let span: Span
        package init(name: String, span: Span) {
            self.name = name
            self.span = span
        }
    }

    /// Changed only while a failure travels up one thread.
    private final class Box: @unchecked Sendable {
        var diagnostic: Diagnostic
        var frames: [Frame] = []
        var isSettled = false
        init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
    }
    /// One reference, so that throwing functions stay cheap.
    private let box: Box

    package init(_ diagnostic: Diagnostic) { box = Box(diagnostic) }

    /// A failure at a place with a code `E5xx` (running) or `E2xx` (shapes and kinds).
    package init(_ code: String, _ message: String, at span: Span, label: String = "", notes: [String] = [], fixes: [Diagnostic.Fix] = []) {
        self.init(Diagnostic(.error, code, message, at: span, label: label, notes: notes, fixes: fixes))
    }

    package var diagnostic: Diagnostic {
        get { box.diagnostic }
        nonmutating set { box.diagnostic = newValue }
    }
    package var frames: [Frame] { box.frames }
    /// Adds the call that was left because of the failure.
    package func unwind(through frame: Frame) { if !box.isSettled { box.frames.append(frame) } }
    /// Takes note of no more calls: those that led there are known already.
    package func settle() { box.isSettled = true }
}
