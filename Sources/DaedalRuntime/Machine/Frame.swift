/// One call that is going on.
struct Frame {
    /// The next instruction, while another frame runs.
    var ip: UnsafePointer<Instruction>
    var base: Register
    /// The first register of the stack after this frame.
    var top: Register
    var header: UnsafePointer<CodeHeader>
    var captures: UnsafeMutablePointer<Value>
    /// The register of the caller that gets the result.
    var destination: Int
}

/// What the machine keeps in memory of its own, apart from objects, so that reaching it costs no checks.
struct MachineState {
    var frameCount = 0
    /// The most frames.
    let frameLimit: Int
    /// Turns of loops and calls until the machine looks up: interruption, values that wait to be evaluated.
    var fuel = 0
}
