import DaedalSyntax

/// Comparisons that decide a jump. Inlined into the loop that runs code, so that two numbers cost one comparison.
extension Machine {
    /// Whether a comparison of two registers holds.
    @inline(__always) func holds(
        _ comparison: ComparisonOperator, _ i: Instruction, _ base: Register, _ frame: UnsafeMutablePointer<Frame>,
        _ ip: UnsafePointer<Instruction>, _ integers: (Int, Int) -> Bool, _ floats: (Double, Double) -> Bool
    ) throws(RuntimeFailure) -> Bool {
        let b = base[Int(i.b)], c = base[Int(i.c)]
        if b.tag == Tag.int && c.tag == Tag.int { return integers(b.int, c.int) }
        if b.tag == Tag.float && c.tag == Tag.float { return floats(b.float, c.float) }
        frame.pointee.ip = ip
        return try holdsSlowly(comparison, i, base)
    }

    /// Whether a comparison of a register with the integer in the instruction holds.
    @inline(__always) func holdsForInt(
        _ comparison: ComparisonOperator, _ i: Instruction, _ base: Register, _ frame: UnsafeMutablePointer<Frame>,
        _ ip: UnsafePointer<Instruction>, _ integers: (Int, Int) -> Bool
    ) throws(RuntimeFailure) -> Bool {
        let b = base[Int(i.b)]
        if b.tag == Tag.int { return integers(b.int, i.k >> 32) }
        frame.pointee.ip = ip
        return try holdsWithInt(comparison, i, base)
    }
}
