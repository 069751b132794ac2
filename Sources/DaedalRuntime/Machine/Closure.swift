/// A function of the program with what it captured.
package final class Closure: FunctionObject {
    package let code: Code
    /// Values that were bound once, and cells of variables.
    let captures: UnsafeMutablePointer<Value>
    private let captureCount: Int

    /// Makes a function with so many captures, each asked for once.
    init(_ code: Code, capturing count: Int = 0, _ value: (Int) -> Value = { _ in .none }) {
        self.code = code
        captures = .allocate(capacity: max(count, 1))
        captureCount = count
        for at in 0..<count { (captures + at).initialize(to: value(at)) }
        super.init(name: code.name, parameters: code.parameters)
        entry = UnsafePointer(code.header)
    }

    deinit {
        captures.deinitialize(count: captureCount)
        captures.deallocate()
    }

    override package var documentation: String? { code.documentation }
}
