/// A function of the program with what it captured.
package final class Closure: FunctionObject {
    package let code: Code
    /// Values that were bound once, and cells of variables.
    let captures: UnsafeMutablePointer<Value>
    private let captureCount: Int

    init(_ code: Code, captures values: [Value] = []) {
        self.code = code
        captures = .allocate(capacity: max(values.count, 1))
        captureCount = values.count
        for (at, value) in values.enumerated() { (captures + at).initialize(to: value) }
        super.init(name: code.name, parameters: code.parameters)
        entry = UnsafePointer(code.header)
    }

    deinit {
        captures.deinitialize(count: captureCount)
        captures.deallocate()
    }

    override package var documentation: String? { code.documentation }

    /// The captured values in order.
    var capturedValues: [Value] { (0..<captureCount).map { captures[$0] } }
}
