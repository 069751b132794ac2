import DaedalSyntax

extension Machine {
    /// Runs the innermost frame, and those that it calls, until it returns.
    ///
    /// Numbers are handled right here, without counting references; everything else goes to methods that are not inlined. Before one of them
    /// is called, the frame remembers its place, for errors and for calls back into the machine.
    func run(above depth: Int) throws(RuntimeFailure) -> Value {
        let state = state
        var frame = frames + (state.pointee.frameCount - 1)
        var ip = frame.pointee.ip
        var base = frame.pointee.base
        while true {
            let i = ip.pointee
            ip += 1
            let a = base + Int(i.a)
            switch i.op {
            // MARK: Values
            case .move: a.copy(from: base + Int(i.b))
            case .take: a.move(from: base + Int(i.b))
            case .loadInt: a.set(i.k)
            case .loadFloat: a.set(UInt64(bitPattern: Int64(i.k)), Tag.float)
            case .loadBool: a.set(i.k != 0)
            case .loadNone: a.set(0, Tag.none)
            case .loadConstant: loadConstant(a, frame.pointee.header.pointee.constants + i.k)
            case .unbind: a.set(0, Tag.unbound)
            case .clear:
                for register in 0..<Int(i.b) { (a + register).drop() }

            // MARK: Arithmetic
            case .add:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int {
                    let (sum, overflow) = b.int.addingReportingOverflow(c.int)
                    if !overflow {
                        a.set(sum)
                        continue
                    }
                } else if b.tag == Tag.float && c.tag == Tag.float {
                    a.set(b.float + c.float)
                    continue
                } else if b.isNumber && c.isNumber && b.tag != c.tag {
                    a.set(b.double + c.double)
                    continue
                }
                frame.pointee.ip = ip
                try binary(.add, i, base)
            case .subtract:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int {
                    let (difference, overflow) = b.int.subtractingReportingOverflow(c.int)
                    if !overflow {
                        a.set(difference)
                        continue
                    }
                } else if b.tag == Tag.float && c.tag == Tag.float {
                    a.set(b.float - c.float)
                    continue
                } else if b.isNumber && c.isNumber && b.tag != c.tag {
                    a.set(b.double - c.double)
                    continue
                }
                frame.pointee.ip = ip
                try binary(.subtract, i, base)
            case .multiply:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int {
                    let (product, overflow) = b.int.multipliedReportingOverflow(by: c.int)
                    if !overflow {
                        a.set(product)
                        continue
                    }
                } else if b.tag == Tag.float && c.tag == Tag.float {
                    a.set(b.float * c.float)
                    continue
                } else if b.isNumber && c.isNumber && b.tag != c.tag {
                    a.set(b.double * c.double)
                    continue
                }
                frame.pointee.ip = ip
                try binary(.multiply, i, base)
            case .divide:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.float && c.tag == Tag.float {
                    a.set(b.float / c.float)
                    continue
                } else if b.isNumber && c.isNumber {
                    a.set(b.double / c.double)
                    continue
                }
                frame.pointee.ip = ip
                try binary(.divide, i, base)
            case .floorDivide:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int && c.int > 0 {
                    a.set(Self.floorQuotient(b.int, c.int))
                    continue
                }
                frame.pointee.ip = ip
                try binary(.floorDivide, i, base)
            case .remainder:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int && c.int > 0 {
                    a.set(Self.remainder(b.int, c.int))
                    continue
                }
                frame.pointee.ip = ip
                try binary(.remainder, i, base)
            case .power, .matrixProduct:
                frame.pointee.ip = ip
                try binary(i.op == .power ? .power : .matrixProduct, i, base)
            case .addI:
                let b = base[Int(i.b)]
                if b.tag == Tag.int {
                    let (sum, overflow) = b.int.addingReportingOverflow(i.k)
                    if !overflow {
                        a.set(sum)
                        continue
                    }
                } else if b.tag == Tag.float {
                    a.set(b.float + Double(i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.add, i, base)
            case .subtractI:
                let b = base[Int(i.b)]
                if b.tag == Tag.int {
                    let (difference, overflow) = b.int.subtractingReportingOverflow(i.k)
                    if !overflow {
                        a.set(difference)
                        continue
                    }
                } else if b.tag == Tag.float {
                    a.set(b.float - Double(i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.subtract, i, base)
            case .multiplyI:
                let b = base[Int(i.b)]
                if b.tag == Tag.int {
                    let (product, overflow) = b.int.multipliedReportingOverflow(by: i.k)
                    if !overflow {
                        a.set(product)
                        continue
                    }
                } else if b.tag == Tag.float {
                    a.set(b.float * Double(i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.multiply, i, base)
            case .divideI:
                let b = base[Int(i.b)]
                if b.tag == Tag.float {
                    a.set(b.float / Double(i.k))
                    continue
                } else if b.tag == Tag.int {
                    a.set(Double(b.int) / Double(i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.divide, i, base)
            case .floorDivideI:
                let b = base[Int(i.b)]
                if b.tag == Tag.int && i.k > 0 {
                    a.set(Self.floorQuotient(b.int, i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.floorDivide, i, base)
            case .remainderI:
                let b = base[Int(i.b)]
                if b.tag == Tag.int && i.k > 0 {
                    a.set(Self.remainder(b.int, i.k))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithInt(.remainder, i, base)

            case .addF:
                let b = base[Int(i.b)]
                if b.isNumber {
                    a.set(b.double + Double(bitPattern: UInt64(bitPattern: Int64(i.k))))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithFloat(.add, i, base)
            case .subtractF:
                let b = base[Int(i.b)]
                if b.isNumber {
                    a.set(b.double - Double(bitPattern: UInt64(bitPattern: Int64(i.k))))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithFloat(.subtract, i, base)
            case .multiplyF:
                let b = base[Int(i.b)]
                if b.isNumber {
                    a.set(b.double * Double(bitPattern: UInt64(bitPattern: Int64(i.k))))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithFloat(.multiply, i, base)
            case .divideF:
                let b = base[Int(i.b)]
                if b.isNumber {
                    a.set(b.double / Double(bitPattern: UInt64(bitPattern: Int64(i.k))))
                    continue
                }
                frame.pointee.ip = ip
                try binaryWithFloat(.divide, i, base)
            case .negate:
                let b = base[Int(i.b)]
                if b.tag == Tag.float {
                    a.set(-b.float)
                    continue
                }
                frame.pointee.ip = ip
                try unary(.negate, i, base)
            case .not:
                let b = base[Int(i.b)]
                if b.tag == Tag.bool {
                    a.set(!b.isTrue)
                    continue
                }
                frame.pointee.ip = ip
                try unary(.not, i, base)

            // MARK: Comparisons
            case .less:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.int && c.tag == Tag.int {
                    a.set(b.int < c.int)
                } else if b.tag == Tag.float && c.tag == Tag.float {
                    a.set(b.float < c.float)
                } else {
                    frame.pointee.ip = ip
                    try compare(.less, i, base)
                }
            case .equal, .lessEqual, .greater, .greaterEqual, .notEqual, .contained, .notContained:
                frame.pointee.ip = ip
                try compare(Self.comparison(i.op), i, base)
            case .unlessLess:
                if try !holds(.less, i, base, frame, ip, <, <) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessLessEqual:
                if try !holds(.lessEqual, i, base, frame, ip, <=, <=) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessGreater:
                if try !holds(.greater, i, base, frame, ip, >, >) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessGreaterEqual:
                if try !holds(.greaterEqual, i, base, frame, ip, >=, >=) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessEqual:
                if try !holds(.equal, i, base, frame, ip, ==, ==) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessNotEqual:
                if try !holds(.notEqual, i, base, frame, ip, !=, !=) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .unlessLessI:
                if try !holdsForInt(.less, i, base, frame, ip, <) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }
            case .unlessLessEqualI:
                if try !holdsForInt(.lessEqual, i, base, frame, ip, <=) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }
            case .unlessGreaterI:
                if try !holdsForInt(.greater, i, base, frame, ip, >) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }
            case .unlessGreaterEqualI:
                if try !holdsForInt(.greaterEqual, i, base, frame, ip, >=) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }
            case .unlessEqualI:
                if try !holdsForInt(.equal, i, base, frame, ip, ==) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }
            case .unlessNotEqualI:
                if try !holdsForInt(.notEqual, i, base, frame, ip, !=) {
                    ip = UnsafePointer(frame.pointee.header.pointee.instructions) + (i.k & 0xFFFF_FFFF)
                }

            // MARK: Jumps
            case .jump: ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k
            case .jumpIfFalse, .jumpIfTrue:
                let slot = a.pointee
                let isTrue: Bool
                if slot.tag == Tag.bool {
                    isTrue = slot.isTrue
                } else {
                    frame.pointee.ip = ip
                    isTrue = try truth(a, i)
                }
                if isTrue == (i.op == .jumpIfTrue) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .jumpIfBound:
                if a.pointee.tag != Tag.unbound { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
            case .loopEdge:
                state.pointee.fuel &-= 1
                if state.pointee.fuel < 0 {
                    frame.pointee.ip = ip
                    try refuel()
                }
                if !trace.pending.isEmpty {
                    frame.pointee.ip = ip
                    try flushEager()
                }
                ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k
            case .andJump, .orJump:
                if a.pointee.tag == Tag.bool {
                    if a.pointee.isTrue == (i.op == .orJump) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
                } else {
                    frame.pointee.ip = ip
                    try checkLogical(a, i)
                }

            // MARK: Loops
            case .loopNext:
                if a.pointee.tag == Tag.int {
                    let next = a.pointee.int
                    if next < (a + 1).pointee.int {
                        (base + Int(i.c)).set(next)
                        a.pointee.bits &+= 1
                    } else {
                        ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k
                    }
                } else {
                    frame.pointee.ip = ip
                    if try !loopNext(a, base + Int(i.c)) { ip = UnsafePointer(frame.pointee.header.pointee.instructions) + i.k }
                }

            // MARK: Elements
            case .index:
                let b = base[Int(i.b)], c = base[Int(i.c)]
                if b.tag == Tag.list && c.tag == Tag.int && i.flags == 0 && element(base + Int(i.b), c.int, into: a) { continue }
                frame.pointee.ip = ip
                try index(i, base)
            // MARK: Variables elsewhere
            case .getCapture: a.store((frame.pointee.captures + i.k).pointee)
            case .getModule:
                let slot = UnsafeMutableRawPointer(frame.pointee.header.pointee.variables._withUnsafeGuaranteedRef { $0.slots } + i.k)
                    .assumingMemoryBound(to: RegisterWord.self)
                if slot.pointee.tag != Tag.unbound && (i.flags == 0 || variableLog == nil) {
                    a.copy(from: slot)
                } else {
                    frame.pointee.ip = ip
                    try getModule(a, i)
                }

            case .setIndex, .append, .callNative:
                frame.pointee.ip = ip
                switch i.op {
                case .setIndex: try setIndex(i, base)
                case .append: try append(i, base)
                default: try callNative(i, base)
                }

            // MARK: Calls
            case .callKnown:
                state.pointee.fuel &-= 1
                let top = frame.pointee.top
                guard let header = UnsafePointer<CodeHeader>(bitPattern: i.k) else { continue }
                let next = frame + 1
                let end = top + header.pointee.registerCount
                if state.pointee.fuel < 0 || end >= stackEnd || state.pointee.frameCount >= state.pointee.frameLimit {
                    frame.pointee.ip = ip
                    try refuelOrFail(end)
                }
                let first = base + Int(i.b)
                for argument in 1..<(Int(i.c) + 1) {
                    (top + argument).pointee = (first + argument).pointee
                    (first + argument).pointee.tag = Tag.none
                }
                frame.pointee.ip = ip
                frame.pointee.destination = Int(i.a)
                next.pointee.base = top
                next.pointee.top = end
                next.pointee.header = header
                next.pointee.captures = header.pointee.constants
                state.pointee.frameCount &+= 1
                frame = next
                base = top
                ip = UnsafePointer(header.pointee.instructions)
            case .call, .callMethod:
                state.pointee.fuel &-= 1
                frame.pointee.ip = ip
                frame.pointee.destination = Int(i.a)
                if try i.op == .call ? call(i, base) : callMethod(i, base) {
                    frame = frames + (state.pointee.frameCount - 1)
                    base = frame.pointee.base
                    ip = frame.pointee.ip
                }
            case .returnValue, .returnNone:
                var result = RegisterWord(bits: 0, tag: Tag.none)
                if i.op == .returnValue {
                    result = a.pointee
                    a.pointee.tag = Tag.none
                }
                let header = frame.pointee.header
                var register = base + header.pointee.firstCleared
                let end = base + header.pointee.clearedAtReturn
                while register < end {
                    register.drop()
                    register += 1
                }
                state.pointee.frameCount &-= 1
                if state.pointee.frameCount == depth {
                    return withUnsafeMutablePointer(to: &result) { $0.take() }
                }
                frame -= 1
                base = frame.pointee.base
                ip = frame.pointee.ip
                let destination = base + frame.pointee.destination
                destination.drop()
                destination.pointee = result

            default:
                frame.pointee.ip = ip
                try other(i, base)
            }
        }
    }
}
