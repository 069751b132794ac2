/// One step of the machine: 16 bytes without references. `a` is usually the register of the result, `b` and `c` those of operands,
/// `k` an immediate number, a jump target or a position in one of the code's tables.
package struct Instruction {
    var op: Opcode
    /// Bit 0 and bit 1: the operand `b`, `c` is a temporary whose reference is dropped afterwards. Other meanings stand at the operations.
    var flags: UInt8
    var a: UInt16
    var b: UInt16
    var c: UInt16
    var k: Int

    static let dropsB: UInt8 = 1
    static let dropsC: UInt8 = 2
    /// The operands stand in the text the other way round.
    static let swapped: UInt8 = 4
}

/// What an instruction does. Names with `I` have an integer in `k` as right operand, those with `F` the bits of a float.
enum Opcode: UInt8 {
    // Values.
    case move, take, loadInt, loadFloat, loadBool, loadNone, loadConstant, unbind, clear
    // Arithmetic.
    case add, subtract, multiply, divide, floorDivide, remainder, power, matrixProduct
    case addI, subtractI, multiplyI, divideI, floorDivideI, remainderI
    case addF, subtractF, multiplyF, divideF
    case negate, not
    // Comparisons to a value: `flags` as for arithmetic, `k` is the operator.
    case less, lessEqual, greater, greaterEqual, equal, notEqual, contained, notContained
    // Jumps when a comparison does not hold; `k` is the target, for `I` the target and the number above it.
    case unlessLess, unlessLessEqual, unlessGreater, unlessGreaterEqual, unlessEqual, unlessNotEqual
    case unlessLessI, unlessLessEqualI, unlessGreaterI, unlessGreaterEqualI, unlessEqualI, unlessNotEqualI
    case jump, jumpIfFalse, jumpIfTrue, jumpIfBound, loopEdge
    // `and`, `or`: the left side in `a` decides alone (then jump), or the right side in `b` is taken up.
    case andJump, orJump, andJoin, orJoin
    // Making values: `b` is the first of `c` registers.
    case range, list, listExtend, listSpread, dictionary, dictionaryExtend, record, recordSpread, text
    // Elements and members.
    case index, indexMany, member, unpack
    // Variables elsewhere.
    case newCell, getCell, setCell, getCapture, getCaptureCell, setCaptureCell, getModule, setModule, getLibrary, checkBound
    case readSlot, writeSlot
    // Changes in place; `flags` says where the variable is (`Place`).
    case append, setIndex, assignPath, compound
    // Loops: `a` is the first of three registers of the loop's state.
    case loopRange, loopOver, loopNext
    // Functions.
    case closure, call, callKnown, callNative, callMethod, pipe, compose, returnValue, returnNone
    // Shapes.
    case matchShape, checkAxis, bindSize
    // Declarations and learning.
    case declareNetwork, declareOptimizer, declareDataset, build, minimize, train
}

/// Where a variable stands that an instruction changes in place: number `a` of the registers, of the captures, of the module's slots.
enum Place: UInt8 {
    case register, cell, capture, module
}

/// What `build` tells the builder of a network or optimizer.
enum BuildStep: UInt8 {
    case argument, size, param, state, conditional, name, step, method, forward, input, training
    case option, optimizerState, update
}
